/**
 * Judge: one record, what its systems were seen to say, and what follows. Pure (M13). The pass around it
 * does the reading and the one commit.
 */
import { equalUnder } from '#shared/authority/equality.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { compareRecord, type AcceptedMove, type CompareResult } from '#shared/drift/compare.ts';
import { presencePath } from '#shared/drift/presence.ts';
import type { Sign } from '#shared/drift/evidence.ts';
import { rollUp } from '#shared/drift/verdict.ts';
import { valueOf } from '#shared/model/field-value.ts';
import type { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { DimensionVerdict, RecordDocument } from '#shared/model/record.ts';
import type { NaturalKey } from '#shared/model/representation.ts';
import { CauseCode, ServedReason, Verdict } from '#shared/model/vocabulary.ts';
import { writeSetOf, type Operation } from '#shared/reconciliation/operation.ts';
import { planRecord, type BlockedField, type RecordPlan } from '#shared/reconciliation/planner.ts';
import { withoutFields, type HistoryNote } from './facts.ts';

export interface JudgeInput {
  readonly policy: EntityPolicy;
  /** With representations, links and claims already as seen. */
  readonly record: RecordDocument;
  readonly signs: Readonly<Record<SystemId, readonly Sign[]>>;
  readonly writable: Readonly<Record<SystemId, readonly FieldPath[]>>;
  /** Natural keys seen on this record that another record holds. */
  readonly takenKeys: readonly NaturalKey[];
  readonly observedAt: Readonly<Record<SystemId, Instant>>;
  /** Vendor times of our own last writes: a modified time that one of them accounts for explains nothing. */
  readonly ownWriteAt?: Readonly<Record<SystemId, Instant>>;
  readonly at: Instant;
}

export interface Judgement {
  readonly record: RecordDocument;
  readonly operations: readonly Operation[];
  readonly notes: readonly HistoryNote[];
  /** The one reason that serves every mark of this pass (M8). */
  readonly reason: ServedReason;
}

/** Compares, accepts what may be accepted, and plans what policy lets flow at once. */
export function judge(input: JudgeInput): Judgement {
  const comparison = withoutTakenKeys(input, compareRecord(input));
  if (Object.values(input.record.links).some((link) => link.state === 'foreign'))
    return stopped(input, comparison);
  // A second run would overlap with the open one; that run's last commit compares again (section 7).
  const isBusy = Object.keys(input.record.writeSets).length > 0;
  const compared: RecordDocument = {
    ...input.record,
    golden: comparison.golden,
    bases: comparison.bases,
    ...clearedByMoves(input.record, comparison.accepted),
  };
  const plan = planRecord({ ...input, record: compared, comparison });
  const operations = isBusy ? [] : plan.operations;
  const verdicts = verdictsOf(input, comparison, operations, plan.blocked);
  const record = { ...compared, verdicts };
  return {
    record,
    operations,
    notes: [...comparison.accepted.map(noteOfMove), ...notesOfVerdicts(input.record.verdicts, verdicts)],
    reason: reasonOf(comparison, plan, operations, isBusy),
  };
}

/** A vendor has merged the object into another: nothing is accepted or planned until somebody says who is who (M16). */
function stopped(input: JudgeInput, comparison: CompareResult): Judgement {
  const verdicts = verdictsOf(input, comparison, [], []);
  return {
    record: { ...input.record, verdicts },
    operations: [],
    notes: notesOfVerdicts(input.record.verdicts, verdicts),
    reason: ServedReason.foreignAnswer,
  };
}

/** A value whose natural key belongs to another record is not accepted: somebody must decide who is who. */
function withoutTakenKeys(input: JudgeInput, comparison: CompareResult): CompareResult {
  const taken = input.policy.fields.filter((field) =>
    input.takenKeys.some((key) => {
      const seen = comparison.accepted.find((move) => move.path === field.path);
      return (
        key.key === field.path &&
        seen !== undefined &&
        equalUnder(input.policy, field, seen.after, valueOf(key.value))
      );
    }),
  );
  if (taken.length === 0) return comparison;
  const paths = taken.map((field) => field.path);
  const verdicts = new Map(comparison.verdicts);
  const golden = { ...comparison.golden };
  const bases: Record<SystemId, CompareResult['bases'][SystemId]> = { ...comparison.bases };
  for (const path of paths) {
    const before = input.record.golden[path];
    if (before === undefined) delete golden[path];
    else golden[path] = before;
    for (const system of Object.keys(bases) as SystemId[]) {
      const base = input.record.bases[system]?.[path];
      const rest = withoutFields(bases, system, [path])[system] ?? {};
      bases[system] = base === undefined ? rest : { ...rest, [path]: base };
    }
    const verdict = verdicts.get(path);
    if (verdict !== undefined) {
      verdicts.set(path, { ...verdict, verdict: Verdict.hardConflict, cause: CauseCode.keyTaken });
    }
  }
  return {
    golden,
    bases,
    verdicts,
    accepted: comparison.accepted.filter((move) => !paths.includes(move.path)),
    differences: comparison.differences.filter((difference) => !paths.includes(difference.field.path)),
  };
}

function verdictsOf(
  input: JudgeInput,
  comparison: CompareResult,
  operations: readonly Operation[],
  blocked: readonly BlockedField[],
): Record<Dimension, DimensionVerdict> {
  const fields = new Map(comparison.verdicts);
  for (const { system, path } of writeSetOf(operations)) {
    const verdict = fields.get(path);
    if (verdict?.verdict === Verdict.softDrift) fields.set(path, { ...verdict, cause: CauseCode.inFlight });
    const presence = fields.get(presencePath(system));
    if (presence?.verdict === Verdict.missing) {
      fields.set(presencePath(system), { ...presence, cause: CauseCode.inFlight });
    }
  }
  for (const { system, path, reason } of blocked) {
    const refused = path ?? presencePath(system);
    const verdict = fields.get(refused);
    // A difference that the vendor refused to take shows as such, not as something under way.
    if (verdict === undefined || reason !== 'refused_before') continue;
    fields.set(refused, { ...verdict, cause: CauseCode.writeRefused });
  }
  const dimensions = new Map(input.policy.fields.map((field) => [field.path, field.dimension]));
  const dimensionOf = (path: FieldPath) => dimensions.get(path) ?? input.policy.presenceDimension;
  return rollUp(fields, dimensionOf, (dimension) => verifiedAt(input, dimension));
}

/**
 * M7: a verdict is as old as the oldest observation it compares. Fields compare the systems that hold the record;
 * that one no longer does is an observation of its presence.
 */
function verifiedAt({ policy, record, observedAt }: JudgeInput, dimension: Dimension): Instant | null {
  const compared = (Object.keys(record.links) as SystemId[]).filter(
    (system) => dimension === policy.presenceDimension || record.links[system]?.state === 'active',
  );
  const times = compared.map((system) => observedAt[system]);
  if (times.length === 0 || times.includes(undefined)) return null;
  return times.filter((time) => time !== undefined).reduce((a, b) => (a < b ? a : b));
}

/** An accepted move voids what was noted about the field's earlier value. */
function clearedByMoves(
  record: RecordDocument,
  accepted: readonly AcceptedMove[],
): Pick<RecordDocument, 'ledger' | 'refusals' | 'swallowed'> {
  const paths = accepted.map((move) => move.path);
  // Values that were refused together may be fine again without the one that moved.
  const reopened = new Set(
    Object.values(record.refusals).flatMap((refusals) =>
      paths.flatMap((path) => refusals[path]?.runId ?? []),
    ),
  );
  const strip = <T>(maps: Readonly<Record<SystemId, Readonly<Record<FieldPath, T>>>>) =>
    (Object.keys(maps) as SystemId[]).reduce((kept, system) => withoutFields(kept, system, paths), maps);
  const refusals = Object.entries(strip(record.refusals)).map(([system, refused]) => [
    system,
    Object.fromEntries(Object.entries(refused).filter(([, { runId }]) => !reopened.has(runId))),
  ]);
  return {
    ledger: strip(record.ledger),
    refusals: Object.fromEntries(refusals),
    swallowed: strip(record.swallowed),
  };
}

function noteOfMove(move: AcceptedMove): HistoryNote {
  return {
    kind: 'accepted',
    trueSince: move.sign?.at ?? null,
    system: move.system,
    path: move.path,
    before: move.before,
    after: move.after,
    rule: move.rule,
    cause: move.sign?.eventKey ?? move.sign?.source ?? 'first_seen',
  };
}

function notesOfVerdicts(
  before: Readonly<Record<Dimension, DimensionVerdict>>,
  after: Readonly<Record<Dimension, DimensionVerdict>>,
): readonly HistoryNote[] {
  return (Object.keys(after) as Dimension[]).flatMap((dimension) => {
    const was = before[dimension]?.verdict ?? Verdict.unchecked;
    const is = after[dimension]?.verdict ?? Verdict.unchecked;
    if (was === is) return [];
    return [
      {
        kind: 'verdict' as const,
        trueSince: null,
        system: null,
        path: dimension,
        before: was,
        after: is,
        rule: null,
        cause: after[dimension]?.cause ?? CauseCode.neverCompared,
      },
    ];
  });
}

function reasonOf(
  comparison: CompareResult,
  plan: RecordPlan,
  operations: readonly Operation[],
  isBusy: boolean,
): ServedReason {
  if (operations.length > 0) return ServedReason.planned;
  if (isBusy) return ServedReason.inFlight;
  const verdicts = [...comparison.verdicts.values()];
  if (verdicts.some((verdict) => verdict.verdict === Verdict.hardConflict)) return ServedReason.conflict;
  if (verdicts.some((verdict) => verdict.cause === CauseCode.moveUnexplained))
    return ServedReason.unexplained;
  if (plan.blocked.some((blocked) => blocked.reason === 'no_natural_key')) return ServedReason.noNaturalKey;
  if (plan.blocked.length > 0) return ServedReason.blocked;
  return comparison.accepted.length > 0 ? ServedReason.accepted : ServedReason.noChange;
}

/**
 * Judge: one record, what its systems were seen to say, and what follows. Pure (M13). The pass around it
 * does the reading and the one commit.
 */
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import { presencePath } from '#shared/drift/presence.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { earliest, type AcceptedMove } from '#shared/drift/unit-outcome.ts';
import { rollUp } from '#shared/drift/verdict.ts';
import { verifiedAt } from '#shared/drift/verified-at.ts';
import type { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import { writeTargets, type DimensionVerdict, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode, ServedReason, Verdict } from '#shared/model/vocabulary.ts';
import { isRemoval, targetsOf, type Operation } from '#shared/reconciliation/operation.ts';
import { planRecord } from '#shared/reconciliation/planner.ts';
import type { BlockedField, PlanInput, RecordPlan } from '#shared/reconciliation/record-plan.ts';
import { withMassHolds } from './mass-holds.ts';
import { differsInSubstance, withoutFields, type HistoryNote } from './facts.ts';

/** A comparison, and what planning and dating it needs beside. The record holds its claims already. */
export interface JudgeInput extends CompareInput, Pick<PlanInput, 'removal' | 'closedGuards' | 'released'> {
  readonly writable: Readonly<Record<SystemId, readonly FieldPath[]>>;
  readonly observedAt: Readonly<Record<SystemId, Instant>>;
  /** Systems to which nothing is written for the time being. */
  readonly paused?: readonly SystemId[];
}

export interface Judgement {
  readonly record: RecordDocument;
  readonly operations: readonly Operation[];
  readonly notes: readonly HistoryNote[];
  /** The one reason that serves every mark of this pass (M8). */
  readonly reason: ServedReason;
  /** Whether nothing was accepted, written or held back: then no switch of an operator makes a difference. */
  readonly isInert: boolean;
  /** Epoch milliseconds at which time alone changes how the record stands; null for never. */
  readonly recompareAt: number | null;
}

/** Compares, accepts what may be accepted, and plans what policy lets flow at once. */
export function judge(input: JudgeInput): Judgement {
  const comparison = compareRecord(input);
  if (Object.values(input.record.links).some((link) => link.state === 'foreign'))
    return stopped(input, comparison);
  // What an open run writes is compared again by its last commit (section 7); other systems need not wait for it.
  const busy = writeTargets(input.record).map(({ system }) => system);
  const compared: RecordDocument = {
    ...input.record,
    lifecycle: comparison.lifecycle,
    golden: comparison.golden,
    bases: comparison.bases,
    holds: comparison.holds,
    unexplainedSince: comparison.unexplainedSince,
    ...clearedByMoves(input.record, comparison.accepted),
  };
  const plan = planRecord({ ...input, record: compared, comparison });
  // Who names a key of another record would be created as a stranger, or meet that other one there (M16).
  const isAmbiguous = (input.takenKeys ?? []).length > 0;
  const operations = plan.operations.filter(
    ({ system, action }) => !busy.includes(system) && !(action === 'create' && isAmbiguous),
  );
  const verdicts = verdictsOf(input, comparison, operations, plan.blocked);
  const record = withMassHolds({ ...compared, verdicts }, plan.blocked, input.at);
  return {
    record,
    operations,
    notes: [...comparison.accepted.map(noteOfMove), ...notesOfVerdicts(input.record.verdicts, verdicts)],
    reason: reasonOf(comparison, plan, operations, busy.length > 0),
    isInert: plan.operations.length === 0 && plan.blocked.length === 0 && isUnmoved(input.record, compared),
    recompareAt: earliest(comparison.recompareAt, pauseEnds(input, plan.blocked)),
  };
}

/** How long a record that waits for a paused system waits until it looks again. */
const PAUSE_LOOK_MS = 5 * 60_000;

function pauseEnds({ at }: JudgeInput, blocked: readonly BlockedField[]): number | null {
  const isWaiting = blocked.some(({ reason }) => reason === 'system_paused');
  return isWaiting ? toEpochMs(at) + PAUSE_LOOK_MS : null;
}

/** Whether a comparison has left what holds true, and what was accepted of each system, as it was. */
function isUnmoved(before: RecordDocument, after: RecordDocument): boolean {
  return !differsInSubstance({ ...before, verdicts: after.verdicts }, after);
}

/** A vendor has merged the object into another: nothing is accepted or planned until somebody says who is who (M16). */
function stopped(input: JudgeInput, comparison: CompareResult): Judgement {
  const fields = new Map(comparison.verdicts);
  // What would have been accepted is not: what was said of it on that ground cannot be told (M7).
  for (const { path, system } of comparison.accepted) {
    const said = fields.get(path);
    if (said === undefined) continue;
    const cause = CauseCode.foreignAnswer;
    fields.set(path, { ...said, verdict: Verdict.undetermined, cause, systems: [system] });
  }
  const verdicts = verdictsOf(input, { ...comparison, verdicts: fields }, [], []);
  return {
    record: { ...input.record, verdicts },
    operations: [],
    notes: notesOfVerdicts(input.record.verdicts, verdicts),
    reason: ServedReason.foreignAnswer,
    isInert: true,
    recompareAt: null,
  };
}

/** What holds a difference back shows as such, not as something under way. */
const CAUSE_OF_BLOCK: ReadonlyMap<BlockedField['reason'], CauseCode> = new Map([
  ['refused_before', CauseCode.writeRefused],
  ['mass_guard', CauseCode.massGuard],
  ['system_paused', CauseCode.systemPaused],
  ['not_writable', CauseCode.notWritable],
]);

/** Why a loss is not carried on, which is shown with the system that lost. */
const CAUSE_OF_LOSS: ReadonlyMap<BlockedField['reason'], CauseCode> = new Map([
  ['observe_mode', CauseCode.observeMode],
  ['ask_mode', CauseCode.askMode],
  ['before_switch', CauseCode.beforeSwitch],
  ['change_pending', CauseCode.changePending],
  ['edited_since_loss', CauseCode.editedSinceLoss],
  ['not_removable', CauseCode.notRemovable],
]);

function isLoss(path: FieldPath | null): boolean {
  return path?.startsWith('@') === true;
}

function verdictsOf(
  input: JudgeInput,
  comparison: CompareResult,
  operations: readonly Operation[],
  blocked: readonly BlockedField[],
): Record<Dimension, DimensionVerdict> {
  const fields = new Map(comparison.verdicts);
  for (const { system, lost } of operations.filter(isRemoval)) {
    const carrying = [presencePath(system), ...(lost === undefined ? [] : [presencePath(lost)])];
    for (const path of carrying) {
      const verdict = fields.get(path);
      const worse = path === presencePath(system) ? { verdict: Verdict.softDrift } : {};
      if (verdict !== undefined) fields.set(path, { ...verdict, ...worse, cause: CauseCode.inFlight });
    }
  }
  for (const { system, path } of targetsOf(operations)) {
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
    const cause = CAUSE_OF_BLOCK.get(reason) ?? (isLoss(path) ? CAUSE_OF_LOSS.get(reason) : undefined);
    if (verdict !== undefined && cause !== undefined) fields.set(refused, { ...verdict, cause });
  }
  const dimensions = new Map(input.policy.fields.map((field) => [field.path, field.dimension]));
  const dimensionOf = (path: FieldPath) => dimensions.get(path) ?? input.policy.presenceDimension;
  return rollUp(fields, dimensionOf, (dimension) => verifiedAt(input, dimension));
}

/** An accepted move voids what was noted about the field's earlier value. */
function clearedByMoves(
  record: RecordDocument,
  accepted: readonly AcceptedMove[],
): Pick<RecordDocument, 'ledger' | 'refusals' | 'swallowed'> {
  const paths = accepted.map((move) => move.path);
  const strip = <T>(maps: Readonly<Record<SystemId, Readonly<Record<FieldPath, T>>>>) =>
    (Object.keys(maps) as SystemId[]).reduce((kept, system) => withoutFields(kept, system, paths), maps);
  return {
    ledger: strip(record.ledger),
    refusals: strip(record.refusals),
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
    cause:
      move.sign?.eventKey == null
        ? { kind: 'observation', id: move.sign?.source ?? 'first_seen' }
        : { kind: 'event', id: move.sign.eventKey },
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
        cause: { kind: 'verdict' as const, id: after[dimension]?.cause ?? CauseCode.neverCompared },
      },
    ];
  });
}

const UNEXPLAINED: readonly CauseCode[] = [CauseCode.moveUnexplained, CauseCode.awaitingEvidence];

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
  if (verdicts.some(({ cause }) => UNEXPLAINED.includes(cause))) return ServedReason.unexplained;
  if (plan.blocked.some((blocked) => blocked.reason === 'no_natural_key')) return ServedReason.noNaturalKey;
  if (plan.blocked.length > 0) return ServedReason.blocked;
  return comparison.accepted.length > 0 ? ServedReason.accepted : ServedReason.noChange;
}

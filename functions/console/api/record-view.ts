import { canonicalForm } from '#shared/authority/equality.ts';
import type { EntityPolicy, FieldPolicy } from '#shared/authority/policy.ts';
import { lifecycleOf } from '#shared/authority/lifecycle.ts';
import { authoritiesOf, ruleName, unitOf } from '#shared/authority/rules.ts';
import type { EntityMapping } from '#shared/connectors/connector.ts';
import { fieldOf, type FieldValues } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { writeTargets, type FieldVerdict, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import { recordActions } from './allowed-actions.ts';
import type { Sight, ToldValue } from './masking.ts';
import type { PastRecord } from './record-as-of.ts';
import { titleOf } from './record-title.ts';
import { pendingSystems, standingsOf, worstOf } from './standing.ts';

export interface RecordViewInput {
  readonly policy: EntityPolicy;
  readonly mappings: Readonly<Record<SystemId, readonly EntityMapping[]>>;
  readonly record: RecordDocument;
  readonly work: WorkDocument | undefined;
  readonly sight: Sight;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A field in one system. `not_mapped`: the system has no place for it. `not_read`: nothing was seen there yet. */
type Cell =
  | { readonly presence: 'not_mapped' | 'not_read' | 'masked' }
  | {
      readonly presence: 'absent' | 'cleared' | 'value';
      readonly raw: ToldValue;
      /** The form in which it is compared. */
      readonly normalised: ToldValue;
    };

/** One record across all systems, as it stands. */
export function recordView(input: RecordViewInput): object {
  const { policy, record, work, sight, now } = input;
  const dimensions = standingsOf(policy, record, work, now);
  const isPending = pendingSystems(work, now).length > 0;
  return {
    id: record.id,
    type: record.type,
    title: titleOf(record, sight),
    state: record.state,
    mergedInto: record.mergedInto,
    lifecycle: record.lifecycle,
    worst: worstOf(dimensions),
    dimensions,
    representations: Object.keys(policy.presence).map((system) =>
      representationOf(input, system as SystemId),
    ),
    fields: policy.fields.map((field) => fieldView(input, field, isPending)),
    beingWritten: writeTargets(record),
    runs: Object.keys(record.writeSets),
    pending: pendingSystems(work, now),
    served: work?.served ?? [],
    createdAt: record.createdAt,
    allowedActions: recordActions(record),
  };
}

function representationOf({ record, work, sight }: RecordViewInput, system: SystemId): object {
  const link = record.links[system];
  const representation = record.representations[system];
  const mark = work?.marks[system];
  return {
    system,
    link: link ?? null,
    nativeId: link?.nativeId ?? null,
    // It holds a hash of all that the system says.
    version: sight.isPartial ? null : (representation?.version ?? null),
    changedAt: representation?.modifiedAt ?? null,
    readAt: work?.observedAt[system] ?? representation?.observedAt ?? null,
    method: representation?.method ?? null,
    owed:
      mark === undefined ? null : { lane: mark.lane, vendorTime: mark.vendorTime, attempts: mark.attempts },
  };
}

function fieldView(input: RecordViewInput, field: FieldPolicy, isPending: boolean): object {
  const { policy, record, sight } = input;
  const { path, dimension, normaliser } = field;
  const unit = unitOf(policy, record.lifecycle, path);
  const golden = record.golden[path];
  const hold = record.holds[path];
  return {
    path,
    dimension,
    normaliser,
    isMasked: sight.isHidden(path),
    ...verdictOf(record.verdicts[dimension]?.fields[path], isPending),
    rule: unit?.name.id ?? null,
    owners: authoritiesOf(unit?.rule ?? null),
    apply: unit?.apply ?? field.apply,
    golden:
      golden === undefined
        ? null
        : {
            value: sight.tell(path, golden.value),
            since: golden.cause.acceptedAt,
            from: golden.cause.system,
          },
    values: Object.fromEntries(
      Object.keys(policy.presence).map((system) => [
        system,
        cellOf(input, field, system as SystemId, record.representations[system as SystemId]?.fields),
      ]),
    ),
    hold: hold ?? null,
    tolerated: Object.entries(record.tolerances).flatMap(([system, fields]) => {
      const tolerance = fields[path];
      if (tolerance === undefined) return [];
      const { by, owner, reason, at, until } = tolerance;
      return [{ system, by, owner, reason, at, until }];
    }),
    refused: Object.entries(record.refusals).flatMap(([system, fields]) => {
      const refusal = fields[path];
      return refusal === undefined ? [] : [{ system, runId: refusal.runId, code: refusal.code }];
    }),
  };
}

function verdictOf(
  verdict: FieldVerdict | undefined,
  isPending: boolean,
): Pick<FieldVerdict, 'verdict' | 'cause' | 'systems'> {
  if (verdict === undefined)
    return { verdict: Verdict.unchecked, cause: CauseCode.neverCompared, systems: [] };
  const { systems } = verdict;
  return isPending && verdict.verdict !== Verdict.excluded
    ? { verdict: Verdict.undetermined, cause: CauseCode.changePending, systems } // M7
    : { verdict: verdict.verdict, cause: verdict.cause, systems };
}

/** The same record at a moment in the past: what history can tell, and nothing that it cannot. */
export function pastRecordView(input: Omit<RecordViewInput, 'work' | 'now'>, past: PastRecord): object {
  const { policy, record, sight } = input;
  const lifecycle = lifecycleOf(policy, (path) => past.golden[path]);
  return {
    id: record.id,
    type: record.type,
    title: titleOf(record, sight),
    lifecycle,
    dimensions: Object.entries(past.verdicts).map(([dimension, verdict]) => ({ dimension, verdict })),
    representations: past.systems.map((system) => ({
      system,
      nativeId: record.links[system]?.nativeId ?? null,
    })),
    fields: policy.fields.map((field) => {
      const golden = past.golden[field.path];
      return {
        path: field.path,
        dimension: field.dimension,
        isMasked: sight.isHidden(field.path),
        rule: ruleName(policy, field.path, lifecycle).id,
        golden: golden === undefined ? null : { value: sight.tell(field.path, golden) },
        values: Object.fromEntries(
          Object.keys(policy.presence).map((system) => [
            system,
            cellOf(input, field, system as SystemId, past.values[system as SystemId]),
          ]),
        ),
      };
    }),
  };
}

function cellOf(
  { policy, mappings, sight }: Pick<RecordViewInput, 'policy' | 'mappings' | 'sight'>,
  field: FieldPolicy,
  system: SystemId,
  said: FieldValues | undefined,
): Cell {
  const mapping = mappings[system]?.find(({ type }) => type === policy.type);
  if (mapping?.fields.some(({ path }) => path === field.path) !== true) return { presence: 'not_mapped' };
  if (said === undefined) return { presence: 'not_read' };
  if (sight.isHidden(field.path)) return { presence: 'masked' };
  const raw = fieldOf(said, field.path);
  return { presence: raw.state, raw, normalised: canonicalForm(policy, field, raw) };
}

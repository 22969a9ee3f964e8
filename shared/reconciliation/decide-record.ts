/**
 * How decisions change the facts of a record. Pure (M13). A decision sets what holds true and the base of every value
 * that it weighed (section 7), and voids what was noted about the value before.
 */
import { CONCORD, type FieldPath, type PlanId, type SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { Override } from '#shared/model/plan.ts';
import type { GoldenValue, Hold, RecordDocument, Tolerance } from '#shared/model/record.ts';
import type { Base } from '#shared/model/representation.ts';
import type { Decision } from './plan-item.ts';

export interface DecidingInput {
  readonly decisions: readonly Decision[];
  readonly overrides: Readonly<Record<FieldPath, Override>>;
  /** Fields whose earlier refusals, tolerances and overwritten values are void. */
  readonly voided: readonly FieldPath[];
  readonly by: string;
  readonly at: Instant;
  /** The plan whose writes are to be protected by what it holds. */
  readonly planId?: PlanId;
}

/** The record as the decisions leave it. */
export function decideRecord(record: RecordDocument, input: DecidingInput): RecordDocument {
  const { decisions, voided } = input;
  const golden: Record<FieldPath, GoldenValue> = { ...record.golden };
  const bases: Record<SystemId, Record<FieldPath, Base>> = {};
  for (const [system, values] of Object.entries(record.bases)) bases[system as SystemId] = { ...values };
  const holds: Record<FieldPath, Hold> = { ...record.holds };
  for (const decision of decisions) {
    const { path, kind } = decision;
    if (kind === 'lift') delete holds[path];
    if (kind === 'hold') holds[path] = holdOf(input, path);
    if (!weighs(decision)) continue;
    if (movesGolden(decision)) golden[path] = goldenOf(decision, input.at);
    for (const [system, value] of Object.entries(decision.weighed)) {
      const modifiedAt = record.representations[system as SystemId]?.modifiedAt ?? null;
      (bases[system as SystemId] ??= {})[path] = { value, modifiedAt };
    }
  }
  const weighed = decisions.filter(weighs).map(({ path }) => path);
  return {
    ...record,
    golden,
    bases,
    holds,
    tolerances: tolerancesAfter(record, input),
    unexplainedSince: without(record.unexplainedSince, weighed),
    // A vendor's own form of what we wrote stands for as long as that is what holds true (M9).
    ledger: withoutPaths(
      record.ledger,
      decisions.filter(movesGolden).map(({ path }) => path),
    ),
    refusals: withoutPaths(record.refusals, voided),
    swallowed: withoutPaths(record.swallowed, voided),
  };
}

/** Whether the decision is about values, and not only about what sync leaves alone. */
function weighs({ kind }: Decision): boolean {
  return kind === 'adopt' || kind === 'set' || kind === 'revert' || kind === 'baseline';
}

/** Whether it makes something else hold true, or holds true for the first time. */
export function movesGolden({ kind, before, value }: Decision): boolean {
  if (kind === 'adopt' || kind === 'set') return true;
  return kind === 'baseline' && before.state === 'absent' && value.state !== 'absent';
}

function goldenOf({ path, value, system, rule }: Decision, at: Instant): GoldenValue {
  const evidence = { source: 'operator', at, fields: [path], eventKey: null } as const;
  return { value, cause: { system: system ?? CONCORD, evidence, rule, acceptedAt: at } };
}

function tolerancesAfter(record: RecordDocument, input: DecidingInput): RecordDocument['tolerances'] {
  const decided = input.decisions.filter(weighs).map(({ path }) => path);
  const tolerances: Record<SystemId, Record<FieldPath, Tolerance>> = {};
  for (const [system, noted] of Object.entries(record.tolerances)) {
    const kept = without(
      noted,
      input.voided.filter((path) => decided.includes(path)),
    );
    if (Object.keys(kept).length > 0) tolerances[system as SystemId] = { ...kept };
  }
  for (const { kind, path, weighed, value: golden } of input.decisions) {
    const override = input.overrides[path];
    if (kind !== 'tolerate' || override?.kind !== 'tolerate') continue;
    const { until, owner, reason } = override;
    for (const [system, value] of Object.entries(weighed))
      (tolerances[system as SystemId] ??= {})[path] = {
        value,
        golden,
        by: input.by,
        owner,
        reason,
        at: input.at,
        until,
      };
  }
  return tolerances;
}

function holdOf(input: DecidingInput, path: FieldPath): Hold {
  const { by, at, planId } = input;
  return { by, at, reason: reasonOf(input, path), ...(planId === undefined ? {} : { plan: planId }) };
}

function reasonOf({ overrides }: DecidingInput, path: FieldPath): string {
  const override = overrides[path];
  return override?.kind === 'hold' ? override.reason : 'rolled_back';
}

function without<T>(
  values: Readonly<Record<FieldPath, T>>,
  paths: readonly FieldPath[],
): Record<FieldPath, T> {
  return Object.fromEntries(Object.entries(values).filter(([path]) => !paths.includes(path as FieldPath)));
}

function withoutPaths<T>(
  maps: Readonly<Record<SystemId, Readonly<Record<FieldPath, T>>>>,
  paths: readonly FieldPath[],
): Record<SystemId, Readonly<Record<FieldPath, T>>> {
  return Object.fromEntries(
    Object.entries(maps)
      .map(([system, values]) => [system, without(values, paths)] as const)
      .filter(([, values]) => Object.keys(values).length > 0),
  );
}

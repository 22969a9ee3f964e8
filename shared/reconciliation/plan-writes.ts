/**
 * From decisions to operations: the planner's own work, for systems that nobody is writing to and under the rules and
 * hashes of the policy in force. Pure (M13).
 */
import { ruleName } from '#shared/authority/rules.ts';
import type { CompareResult } from '#shared/drift/compare.ts';
import type { Difference } from '#shared/drift/unit-outcome.ts';
import { fieldOf } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { keysOf, writeTargets, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import { asDecided } from './decided-policy.ts';
import { releasedBy } from './mass-guard.ts';
import type { Operation } from './operation.ts';
import type { Owned } from './owned-decisions.ts';
import type { DirectedInput } from './directed-plan.ts';
import type { DecidedLosses } from './decide-losses.ts';
import type { BlockedPart } from './plan-item.ts';
import { planRecord } from './planner.ts';
import type { DecidedUnit } from './unit-choice.ts';

/** What the decisions come to. */
export interface Decided {
  /** The record as the decisions leave it. */
  readonly record: RecordDocument;
  readonly decided: readonly DecidedUnit[];
  readonly owned: Owned;
  readonly losses: DecidedLosses;
}

export interface Writes {
  readonly operations: readonly Operation[];
  readonly blocked: readonly BlockedPart[];
}

/** Plans the writes that follow from what was decided. */
export function planWrites(
  input: DirectedInput,
  comparison: CompareResult,
  { record, decided, owned, losses }: Decided,
): Writes {
  const differences = [...decided.flatMap(differencesOf), ...owned.differences];
  const plan = planRecord({
    policy: asDecided(input.policy),
    record,
    comparison: { ...comparison, differences },
    writable: input.writable,
    ...(input.removal === undefined ? {} : { removal: input.removal }),
    decided: losses.decided,
    recreated: losses.recreated,
    // Whoever plans it has been shown what a mass guard holds.
    released: releasedBy(record, input.planId),
    at: input.at,
  });
  const busy = new Set(writeTargets(record).map(({ system }) => system));
  const operations: Operation[] = [];
  const blocked: BlockedPart[] = plan.blocked
    .filter(
      ({ system, path }) =>
        path !== null || isPresenceMeant(input, system) || losses.recreated.includes(system),
    )
    .map(({ system, path, reason }) => ({
      system,
      path,
      reason: reason === 'unexplained' ? CauseCode.moveUnexplained : reason,
    }));
  for (const operation of plan.operations) {
    const { system, action, lost } = operation;
    const isDecided = lost !== undefined && losses.decided.includes(lost);
    if (action !== 'update' && !isDecided && !isPresenceMeant(input, system)) continue;
    if (busy.has(system)) blocked.push({ system, path: null, reason: CauseCode.inFlight }); // G3
    else if (action === 'create' && !namesItself(record, operation))
      blocked.push({ system, path: null, reason: 'no_natural_key' });
    else operations.push(asPlanned(input, comparison, operation));
  }
  return { operations, blocked };
}

/** Whether the direction is about who holds the record at all: overrides alone are not, nor is the system they follow. */
function isPresenceMeant({ direction }: DirectedInput, system: SystemId): boolean {
  const { default: byDefault } = direction;
  return byDefault.kind === 'by_owner' || (byDefault.kind === 'from' && byDefault.system !== system);
}

/** A create without any value that identifies the record would make a stranger of it (M16). */
function namesItself(record: RecordDocument, { fields }: Operation): boolean {
  const keys: readonly string[] = keysOf(record).map(({ key }) => key);
  return fields.some(({ path }) => keys.includes(path));
}

/** Under the rule in force, whose hash voids the operation when it changes (M6), and for the plan's sake. */
export function asPlanned(
  { policy, planId }: Pick<DirectedInput, 'policy' | 'planId'>,
  { lifecycle }: Pick<CompareResult, 'lifecycle'>,
  operation: Operation,
): Operation {
  const cause = { kind: 'plan', id: planId } as const;
  return {
    ...operation,
    fields: operation.fields.map((field) => ({
      ...field,
      cause,
      ruleHash: operation.action === 'update' ? ruleName(policy, field.path, lifecycle).hash : field.ruleHash,
    })),
  };
}

function differencesOf({ unit, values, behind }: DecidedUnit): readonly Difference[] {
  return behind.flatMap((stand) =>
    unit.fields.map((field) => ({
      system: stand.system,
      field,
      unit,
      from: fieldOf(stand.current, field.path),
      to: fieldOf(values, field.path),
      isExplained: true,
      waiting: null,
    })),
  );
}

import { canonicalJson } from '#shared/model/json.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Condition, EntityPolicy, LifecycleState } from './policy.ts';

/** State of a record whose policy knows no lifecycle. */
export const NO_LIFECYCLE: LifecycleState = 'active';

/** Every state in which a record of the policy may be. */
export function lifecycleStates({ lifecycle }: EntityPolicy): readonly LifecycleState[] {
  return lifecycle === undefined ? [NO_LIFECYCLE] : Object.keys(lifecycle.states);
}

/** The state in which a record begins. */
export function initialLifecycle({ lifecycle }: EntityPolicy): LifecycleState {
  return lifecycle?.initial ?? NO_LIFECYCLE;
}

/** The state that a record is in, by what holds true of its lifecycle field. */
export function lifecycleOf(
  policy: EntityPolicy,
  valueAt: (path: FieldPath) => FieldValue | undefined,
): LifecycleState {
  const { lifecycle } = policy;
  if (lifecycle === undefined) return NO_LIFECYCLE;
  const said = valueAt(lifecycle.field);
  if (said?.state !== 'value') return lifecycle.initial;
  const wanted = canonicalJson(said.value);
  const found = Object.entries(lifecycle.states).find(([, values]) =>
    values.some((value) => canonicalJson(value) === wanted),
  );
  return found?.[0] ?? lifecycle.initial;
}

/** What is known of a record when a condition is asked. */
export interface Known {
  readonly lifecycle: LifecycleState;
  readonly valueAt: (path: FieldPath) => FieldValue | undefined;
}

/** Whether a condition holds. Of a field that nobody has said anything about nothing holds but a negation. */
function holds(condition: Condition, known: Known): boolean {
  switch (condition.kind) {
    case 'has':
      return known.valueAt(condition.field)?.state === 'value';
    case 'is': {
      const said = known.valueAt(condition.field);
      if (said?.state !== 'value') return false;
      const value = canonicalJson(said.value);
      return condition.oneOf.some((one) => canonicalJson(one) === value);
    }
    case 'lifecycle':
      return condition.oneOf.includes(known.lifecycle);
    case 'not':
      return !holds(condition.condition, known);
    case 'all':
      return condition.conditions.every((one) => holds(one, known));
  }
}

/** Whether a system must hold the record, given what is known of it. */
export function presenceOf(policy: EntityPolicy, system: SystemId, known: Known): 'required' | 'optional' {
  const presence = policy.presence[system] ?? 'optional';
  if (typeof presence === 'string') return presence;
  return holds(presence.when, known) ? 'required' : 'optional';
}

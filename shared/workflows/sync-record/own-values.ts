import { lifecycleStates } from '#shared/authority/lifecycle.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { unitsOf } from '#shared/authority/rules.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { attributes } from '#shared/model/attributes.ts';
import type { RecordId } from '#shared/model/ids.ts';
import type { SyncContext } from './context.ts';

type OwnValues = NonNullable<CompareInput['ownValues']>;

const NONE: OwnValues = Object.freeze({});

/**
 * What operators have set of a record, for the fields whose value that is. Costs a read only where the policy leaves
 * any field to operators.
 */
export async function ownValuesOf(
  context: Pick<SyncContext, 'ports'>,
  policy: EntityPolicy,
  recordId: RecordId,
): Promise<OwnValues> {
  if (!hasOwnFields(policy)) return NONE;
  const stored = await context.ports.store.get(attributes.at(recordId));
  return stored?.value.values ?? NONE;
}

function hasOwnFields(policy: EntityPolicy): boolean {
  return lifecycleStates(policy).some((state) =>
    unitsOf(policy, state).some(({ rule }) => rule?.kind === 'operator'),
  );
}

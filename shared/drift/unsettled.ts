import { equalUnder } from '#shared/authority/equality.ts';
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { fieldOf } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';

/**
 * Systems that say something else than we last accepted there. What explains a difference belongs to the
 * difference, not to the read that found it: evidence about these systems is kept until it is settled.
 */
export function unsettledSystems(policy: EntityPolicy, record: RecordDocument): ReadonlySet<SystemId> {
  const systems = Object.keys(record.representations) as SystemId[];
  return new Set(
    systems.filter((system) =>
      policy.fields.some((field) => {
        const base = record.bases[system]?.[field.path];
        const current = fieldOf(record.representations[system]?.fields, field.path);
        const isKnown = base !== undefined && current.state !== 'absent';
        return isKnown && !equalUnder(policy, field, current, base.value);
      }),
    ),
  );
}

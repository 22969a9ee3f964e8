import { equalUnder } from '#shared/authority/equality.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { PlanBody } from './plan-body.ts';

/**
 * Overrides whose value a system could not hold as it is: what would be written reads back as something else, and
 * would differ for ever. By their place in the body, with what to do; none when all is well.
 */
export function unheldValues(
  client: ClientDefinition,
  { overrides }: Pick<PlanBody, 'overrides'>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(overrides).flatMap(([path, override]) => {
      if (override.kind !== 'value' || override.value.state !== 'value') return [];
      const loss = lossOf(client, path as FieldPath, override.value);
      return loss === null
        ? []
        : [
            [
              `overrides.${path}.value`,
              `must be a value that ${loss.system} can hold: it would read back as ${loss.readsBack}; null empties a field.`,
            ],
          ];
    }),
  );
}

function lossOf(
  client: ClientDefinition,
  path: FieldPath,
  wanted: FieldValue,
): { readonly system: SystemId; readonly readsBack: string } | null {
  for (const policy of client.entities) {
    const field = policy.fields.find((one) => one.path === path);
    if (field === undefined) continue;
    for (const [system, mappings] of Object.entries(client.mappings)) {
      const mapping = mappings
        .find(({ type }) => type === policy.type)
        ?.fields.find((one) => one.path === path && one.readOnly !== true);
      if (mapping === undefined) continue;
      const back = mapping.from(mapping.to(wanted));
      if (!equalUnder(policy, field, back, wanted))
        return { system: system as SystemId, readsBack: describe(back) };
    }
  }
  return null;
}

function describe(value: FieldValue): string {
  return value.state === 'value' ? JSON.stringify(value.value) : 'empty';
}

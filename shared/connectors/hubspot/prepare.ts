import { z } from 'zod';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { EntityMapping } from '../connector.ts';
import { HUBSPOT } from './capabilities.ts';
import type { HubspotClient } from './client.ts';
import { isMissing, misshapen, type HubspotAnswer } from './errors.ts';
import { OWN_ID_PROPERTY, propertiesPath } from './objects.ts';

type PropertyDefinition = Readonly<Record<string, JsonValue>> & { readonly name: string };

/** Properties of ours, by the name a mapping uses; HubSpot's own need no definition. */
const CUSTOM_PROPERTIES: readonly PropertyDefinition[] = [
  { name: 'customer_note', label: 'Customer note', type: 'string', fieldType: 'textarea' },
  {
    name: 'customer_tax_exempt',
    label: 'Customer is tax exempt',
    type: 'enumeration',
    fieldType: 'booleancheckbox',
    options: [
      { label: 'Yes', value: 'true', displayOrder: 0, hidden: false },
      { label: 'No', value: 'false', displayOrder: 1, hidden: false },
    ],
  },
];

const OWN_ID: PropertyDefinition = {
  name: OWN_ID_PROPERTY,
  label: 'Concord record id',
  description: 'Names the Concord record this object was created for. Do not edit.',
  type: 'string',
  fieldType: 'text',
  hasUniqueValue: true,
};

/** HubSpot puts every property into a group; these exist in every account. */
const GROUPS: ReadonlyMap<string, string> = new Map([['contacts', 'contactinformation']]);

const PropertySchema = z.object({ name: z.string(), hasUniqueValue: z.boolean().optional() });

/**
 * Creates the properties that a mapping and our own unique id need. Safe to repeat.
 * @throws ConcordError `invalid_configuration` when our id's property exists without unique values: creates
 *   could then happen twice (M2), and HubSpot cannot change that afterwards.
 */
export async function prepareHubspot(
  client: HubspotClient,
  mappings: readonly EntityMapping[],
): Promise<void> {
  for (const mapping of mappings) {
    const natives = new Set(mapping.fields.map(({ native }) => native));
    for (const definition of [OWN_ID, ...CUSTOM_PROPERTIES.filter(({ name }) => natives.has(name))]) {
      await ensureProperty(client, mapping.object, definition);
    }
  }
}

async function ensureProperty(
  client: HubspotClient,
  object: string,
  definition: PropertyDefinition,
): Promise<void> {
  if ((await findProperty(client, object, definition)) === 'there') return;
  const groupName = GROUPS.get(object);
  if (groupName === undefined)
    throw invalidConfiguration(`No property group is known for HubSpot's ${object}.`);
  const result = await client.call(
    callOf(object, definition, true),
    { method: 'POST', path: propertiesPath(object), body: { ...definition, groupName } },
    { exists: (answer: HubspotAnswer) => answer.status === 409 },
  );
  // Somebody else made it meanwhile; it has to be the right one all the same.
  if (result.status === 'expected') await findProperty(client, object, definition);
}

async function findProperty(
  client: HubspotClient,
  object: string,
  definition: PropertyDefinition,
): Promise<'there' | 'missing'> {
  const call = callOf(object, definition, false);
  const path = propertiesPath(object, definition.name);
  const result = await client.call(call, { method: 'GET', path }, { missing: isMissing });
  if (result.status === 'expected') return 'missing';
  const parsed = PropertySchema.safeParse(result.body);
  if (!parsed.success) throw misshapen(call);
  if (definition['hasUniqueValue'] === true && parsed.data.hasUniqueValue !== true) {
    throw invalidConfiguration(
      `HubSpot's property ${object}.${definition.name} exists without unique values; delete it so that it can be created anew.`,
    );
  }
  return 'there';
}

function callOf(object: string, { name }: PropertyDefinition, writes: boolean): VendorCall {
  return { system: HUBSPOT, action: 'prepare', subject: `property ${object}.${name}`, writes };
}

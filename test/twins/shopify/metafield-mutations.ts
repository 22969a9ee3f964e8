import type { UserError } from './customer.ts';
import type { CustomerDesk } from './customer-desk.ts';
import { findByGid, type MutationResult } from './customer-mutations.ts';
import { digitsOf } from './gid.ts';
import { digestOf, METAFIELD_TYPES, nameRefusal, type MetafieldEntry } from './metafields.ts';
import { presentDefinition, presentMetafield } from './present.ts';

export interface MetafieldsSetEntry extends MetafieldEntry {
  readonly ownerId: string;
  /** Left out: no check. Null: the metafield must not exist. */
  readonly compareDigest?: string | null;
}

export interface DefinitionInput {
  readonly namespace?: string | null;
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly capabilities?: { readonly uniqueValues?: { readonly enabled: boolean } | null } | null;
}

const MAX_ENTRIES = 25;
const STALE =
  'The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.';

/** `metafieldsSet`: all or none. */
export function metafieldsSet(
  desk: CustomerDesk,
  { metafields: entries }: { metafields: readonly MetafieldsSetEntry[] },
  now: number,
): MutationResult {
  const errors =
    entries.length > MAX_ENTRIES
      ? [tooMany()]
      : entries.flatMap((entry, index) => refusalOf(desk, entry, index) ?? []);
  const outcomes = entries.map((entry) => ({ id: entry.ownerId, accepted: errors.length === 0 }));
  if (errors.length > 0) {
    return {
      payload: { metafields: [], userErrors: errors.map((error) => ({ ...error, elementIndex: null })) },
      outcomes,
    };
  }
  const touched = new Set<string>();
  const shown = entries.map((entry) => {
    const owner = digitsOf('Customer', entry.ownerId) ?? '';
    if (desk.metafields.set(owner, entry, now)) touched.add(owner);
    const metafield = desk.metafields.get(owner, desk.metafields.namespaceOf(entry.namespace), entry.key);
    return metafield === null ? null : presentMetafield(metafield);
  });
  for (const owner of touched) {
    const customer = desk.find(owner);
    if (customer !== null) desk.touch(customer);
  }
  return { payload: { metafields: shown, userErrors: [] }, outcomes };
}

function refusalOf(desk: CustomerDesk, entry: MetafieldsSetEntry, index: number): UserError | null {
  const at = (field: readonly string[], message: string, code: string): UserError => ({
    field: ['metafields', String(index), ...field],
    message,
    code,
  });
  const owner = findByGid(desk, entry.ownerId);
  if (owner === null) return at(['ownerId'], 'Owner does not exist.', 'INVALID_VALUE');
  const present = desk.metafields.get(owner.id, desk.metafields.namespaceOf(entry.namespace), entry.key);
  const digest = present === null ? null : digestOf(present);
  if (entry.compareDigest !== undefined && entry.compareDigest !== digest)
    return at([], STALE, 'STALE_OBJECT');
  const refusal = desk.metafields.refusalOf(owner.id, entry);
  return refusal === null ? null : at(refusal.field ?? [], refusal.message, refusal.code ?? 'INVALID_VALUE');
}

function tooMany(): UserError {
  return {
    field: ['metafields'],
    message: `Exceeded the maximum metafields input limit of ${MAX_ENTRIES}.`,
    code: 'LESS_THAN_OR_EQUAL_TO',
  };
}

/** `metafieldDefinitionCreate`. Type `id` always has unique values. */
export function metafieldDefinitionCreate(
  desk: CustomerDesk,
  { definition: input }: { definition: DefinitionInput },
): MutationResult {
  const refuse = (field: readonly string[], message: string, code: string): MutationResult => ({
    payload: { createdDefinition: null, userErrors: [{ field, message, code }] },
    outcomes: [{ id: null, accepted: false }],
  });
  const wish = input.capabilities?.uniqueValues?.enabled;
  if (input.type === 'id' && wish === false) {
    return refuse(
      ['definition'],
      'Capability unique_values is required for type id but is disabled',
      'CAPABILITY_REQUIRED_BUT_DISABLED',
    );
  }
  const namespace = desk.metafields.namespaceOf(input.namespace);
  const misnamed = nameRefusal(namespace, input.key);
  if (misnamed !== null)
    return refuse(['definition', ...(misnamed.field ?? [])], misnamed.message, misnamed.code ?? 'INVALID');
  if (!METAFIELD_TYPES.has(input.type))
    return refuse(['definition', 'type'], `Type name ${input.type} is not a valid type.`, 'INCLUSION');
  const definition = desk.metafields.define({
    namespace,
    key: input.key,
    name: input.name,
    type: input.type,
    isUnique: input.type === 'id' || wish === true,
  });
  if (definition === null) {
    return refuse(
      ['definition', 'key'],
      `Key is in use for Customer metafields on the '${namespace}' namespace.`,
      'TAKEN',
    );
  }
  return {
    payload: { createdDefinition: presentDefinition(definition), userErrors: [] },
    outcomes: [{ id: definition.id, accepted: true }],
  };
}

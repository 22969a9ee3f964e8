import { createHash } from 'node:crypto';

import type { UserError } from './customer.ts';
import type { createIdSource } from './gid.ts';

export interface Metafield {
  readonly id: string;
  readonly namespace: string;
  readonly key: string;
  readonly type: string;
  readonly value: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface MetafieldDefinition {
  readonly id: string;
  readonly namespace: string;
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly isUnique: boolean;
}

export interface MetafieldEntry {
  readonly namespace?: string | null | undefined;
  readonly key: string;
  readonly type?: string | null | undefined;
  readonly value: string;
}

/** Metafields of all owners of one type, with their definitions and unique values. */
export interface MetafieldBook {
  /** A namespace as stored: left out or `$app` means the app's own. */
  namespaceOf(given: string | null | undefined): string;
  define(definition: Omit<MetafieldDefinition, 'id'>): MetafieldDefinition | null;
  definition(namespace: string, key: string): MetafieldDefinition | null;
  of(owner: string): readonly Metafield[];
  get(owner: string, namespace: string, key: string): Metafield | null;
  /** The owner of a unique value. */
  findOwner(namespace: string, key: string, value: string): string | null;
  /** What keeps an entry from being set; null when nothing does. The field is the part of the entry. */
  refusalOf(owner: string | null, entry: MetafieldEntry): UserError | null;
  /** Sets one; true when that changed something. Check with `refusalOf` first. */
  set(owner: string, entry: MetafieldEntry, at: number): boolean;
  removeOwner(owner: string): void;
  clear(): void;
}

/** Types that this twin knows; Shopify has more. */
export const METAFIELD_TYPES: ReadonlySet<string> = new Set([
  'id',
  'single_line_text_field',
  'multi_line_text_field',
  'number_integer',
  'boolean',
  'date_time',
  'json',
]);

const NAMESPACE_LENGTH = [3, 255] as const;
const KEY_LENGTH = [2, 64] as const;

/** What is wrong with a namespace or a key; null when nothing is. */
export function nameRefusal(namespace: string, key: string): UserError | null {
  return partRefusal('namespace', namespace, NAMESPACE_LENGTH) ?? partRefusal('key', key, KEY_LENGTH);
}

function partRefusal(
  field: 'namespace' | 'key',
  text: string,
  [shortest, longest]: readonly [number, number],
): UserError | null {
  const refuse = (message: string, code: string): UserError => ({
    field: [field],
    message: `${field === 'key' ? 'Key' : 'Namespace'} ${message}`,
    code,
  });
  if (text === '') return refuse("can't be blank", 'BLANK');
  if (text.length < shortest) return refuse(`is too short (minimum is ${shortest} characters)`, 'TOO_SHORT');
  if (text.length > longest) return refuse(`is too long (maximum is ${longest} characters)`, 'TOO_LONG');
  if (!/^[\w-]+$/.test(text)) return refuse('contains one or more invalid characters.', 'INVALID');
  return null;
}

/** What `compareDigest` holds: it changes with every value. */
export function digestOf(metafield: Metafield): string {
  return createHash('sha256')
    .update(JSON.stringify([metafield.type, metafield.value]))
    .digest('hex');
}

/** Creates an empty book. `appId` names the namespace that the app has for itself. */
export function createMetafieldBook(ids: ReturnType<typeof createIdSource>, appId: string): MetafieldBook {
  const definitions = new Map<string, MetafieldDefinition>();
  const owners = new Map<string, Map<string, Metafield>>();
  /** Owner by definition and value, for definitions with unique values. */
  const unique = new Map<string, string>();
  const nameOf = (namespace: string, key: string): string => `${namespace}.${key}`;

  function namespaceOf(given: string | null | undefined): string {
    if (given === undefined || given === null || given === '$app') return `app--${appId}`;
    return given.startsWith('$app:') ? `app--${appId}--${given.slice('$app:'.length)}` : given;
  }

  const get = (owner: string, namespace: string, key: string): Metafield | null =>
    owners.get(owner)?.get(nameOf(namespace, key)) ?? null;

  function findOwner(namespace: string, key: string, value: string): string | null {
    return unique.get(`${nameOf(namespace, key)} ${value}`) ?? null;
  }

  function refusalOf(owner: string | null, entry: MetafieldEntry): UserError | null {
    const namespace = namespaceOf(entry.namespace);
    const misnamed = nameRefusal(namespace, entry.key);
    if (misnamed !== null) return misnamed;
    const definition = definitions.get(nameOf(namespace, entry.key)) ?? null;
    const present = owner === null ? null : get(owner, namespace, entry.key);
    const type = definition?.type ?? entry.type ?? present?.type;
    if (type === undefined || type === null)
      return { field: ['type'], message: "Type can't be blank", code: 'BLANK' };
    if (!METAFIELD_TYPES.has(type))
      return {
        field: ['type'],
        message: `Type ${type} is not one of the supported types`,
        code: 'INVALID_TYPE',
      };
    if (entry.type !== undefined && entry.type !== null && entry.type !== type) {
      return { field: ['type'], message: `Type must be ${type}`, code: 'INVALID_TYPE' };
    }
    if (entry.value === '') return { field: ['value'], message: "Value can't be blank.", code: 'BLANK' };
    if (type === 'number_integer' && !/^-?\d+$/.test(entry.value)) {
      return { field: ['value'], message: 'Value must be an integer.', code: 'INVALID_VALUE' };
    }
    const holder = definition?.isUnique === true ? findOwner(namespace, entry.key, entry.value) : null;
    if (holder !== null && holder !== owner)
      return { field: ['value'], message: 'Value has already been taken', code: 'TAKEN' };
    return null;
  }

  return {
    namespaceOf,
    define(given) {
      const name = nameOf(given.namespace, given.key);
      if (definitions.has(name)) return null;
      const definition = { ...given, id: ids.next() };
      definitions.set(name, definition);
      return definition;
    },
    definition: (namespace, key) => definitions.get(nameOf(namespace, key)) ?? null,
    of: (owner) => [...(owners.get(owner)?.values() ?? [])],
    get,
    findOwner,
    refusalOf,
    set(owner, entry, at) {
      const namespace = namespaceOf(entry.namespace);
      const name = nameOf(namespace, entry.key);
      const present = owners.get(owner)?.get(name);
      if (present?.value === entry.value) return false;
      const type = definitions.get(name)?.type ?? entry.type ?? present?.type ?? 'single_line_text_field';
      const { id = ids.next(), createdAt = at } = present ?? {};
      if (definitions.get(name)?.isUnique === true) {
        if (present !== undefined) unique.delete(`${name} ${present.value}`);
        unique.set(`${name} ${entry.value}`, owner);
      }
      const metafields = owners.get(owner) ?? new Map<string, Metafield>();
      owners.set(owner, metafields);
      metafields.set(name, {
        id,
        namespace,
        key: entry.key,
        type,
        value: entry.value,
        createdAt,
        updatedAt: at,
      });
      return true;
    },
    removeOwner(owner) {
      for (const [name, { value }] of owners.get(owner) ?? []) {
        if (unique.get(`${name} ${value}`) === owner) unique.delete(`${name} ${value}`);
      }
      owners.delete(owner);
    },
    clear() {
      definitions.clear();
      owners.clear();
      unique.clear();
    },
  };
}

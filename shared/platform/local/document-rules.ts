import { invalidArgument } from '#shared/errors/faults.ts';
import type { CollectionDefinition, SortDirection } from '#shared/model/document.ts';
import { type FieldPath, parseFieldPath } from './field-path.ts';

/** Which fields below a place are left out of automatic indexes. */
export type Exemptions = 'all' | ReadonlyMap<string, Exemptions>;

export interface DeclaredIndex {
  readonly fields: readonly {
    readonly path: FieldPath;
    readonly key: string;
    readonly direction: SortDirection;
  }[];
}

/** A collection's definition in the form that the store works with. */
export interface CollectionRules {
  readonly name: string;
  readonly indexes: readonly DeclaredIndex[];
  readonly exemptions: Exemptions;
  readonly ttl: FieldPath | null;
}

/**
 * Prepares definitions for look-up by name.
 *
 * @throws ConcordError invalid_argument for two collections of one name and for malformed field paths.
 */
export function compileRules(
  definitions: readonly CollectionDefinition[],
): ReadonlyMap<string, CollectionRules> {
  const rules = new Map<string, CollectionRules>();
  for (const definition of definitions) {
    if (rules.has(definition.name)) throw invalidArgument(`Collection ${definition.name} is declared twice.`);
    rules.set(definition.name, compile(definition));
  }
  return rules;
}

/** One text per field, whatever way its path was written. */
export function fieldKey(path: FieldPath): string {
  return path.length === 1 ? (path[0] ?? '') : path.join('\u0000');
}

/** Whether a field has its automatic index. An exempt map exempts everything in it. */
export function isAutoIndexed(rules: CollectionRules, path: FieldPath): boolean {
  let place: Exemptions | undefined = rules.exemptions;
  for (const segment of path) {
    if (place === 'all' || place === undefined) break;
    place = place.get(segment);
  }
  return place !== 'all';
}

function compile({ name, indexes, unindexed, ttlField }: CollectionDefinition): CollectionRules {
  return {
    name,
    indexes: indexes.map(({ fields }) => ({
      fields: fields.map(([field, direction]) => {
        const path = parseFieldPath(field);
        return { path, key: fieldKey(path), direction };
      }),
    })),
    exemptions: compileExemptions(unindexed),
    ttl: ttlField === null ? null : parseFieldPath(ttlField),
  };
}

function compileExemptions(fields: readonly string[]): Exemptions {
  const root = new Map<string, Exemptions>();
  for (const field of fields) {
    const path = parseFieldPath(field);
    let place = root;
    for (const segment of path.slice(0, -1)) {
      const next = place.get(segment);
      if (next === 'all') break;
      const below = (next ?? new Map<string, Exemptions>()) as Map<string, Exemptions>;
      place.set(segment, below);
      place = below;
    }
    place.set(path.at(-1) ?? '', 'all');
  }
  return root;
}

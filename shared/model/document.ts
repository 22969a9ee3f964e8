declare const documentType: unique symbol;

/** A field value that the document store can hold. `Date` is a timestamp with millisecond precision. */
export type StoredValue =
  | null
  | boolean
  | number
  | string
  | Date
  | readonly StoredValue[]
  | { readonly [field: string]: StoredValue };

/** The address of a document inside a client's scope: `records/rec_1/history/7`. */
export interface DocumentRef<T extends object> {
  readonly path: string;
  readonly [documentType]?: T;
}

/** The address of a collection inside a client's scope: `records/rec_1/history`. */
export interface CollectionRef<T extends object> {
  readonly path: string;
  readonly [documentType]?: T;
}

export type SortDirection = 'asc' | 'desc';

/** A composite index. Single-field indexes are automatic unless exempted. */
export interface CompositeIndex {
  readonly fields: readonly (readonly [field: string, direction: SortDirection])[];
}

/**
 * What a collection promises, whatever the platform: which composite indexes its queries need, which
 * fields are exempt from automatic indexing, which field holds its expiry, and what erasing a person
 * does to it (M15).
 */
export interface CollectionDefinition {
  /** Last collection segment of the path: `records`, `history`. */
  readonly name: string;
  readonly indexes: readonly CompositeIndex[];
  readonly unindexed: readonly string[];
  /** Field of type `Date` after which a document may be deleted. Reads may still return expired documents. */
  readonly ttlField: string | null;
  readonly erasure: 'replace_values' | 'delete' | 'keep_without_personal_data' | 'holds_none';
}

/** A typed collection: its definition and the way to address its documents. */
export interface Collection<T extends object> extends CollectionDefinition {
  readonly ref: CollectionRef<T>;
  at(id: string): DocumentRef<T>;
}

/** A typed collection below each document of a parent collection. */
export interface SubCollection<T extends object> extends CollectionDefinition {
  under(parent: DocumentRef<object>): CollectionRef<T>;
  at(parent: DocumentRef<object>, id: string): DocumentRef<T>;
}

export function defineCollection<T extends object>(definition: CollectionDefinition): Collection<T> {
  const path = definition.name;
  return { ...definition, ref: { path }, at: (id) => ({ path: `${path}/${id}` }) };
}

export function defineSubCollection<T extends object>(definition: CollectionDefinition): SubCollection<T> {
  const { name } = definition;
  return {
    ...definition,
    under: (parent) => ({ path: `${parent.path}/${name}` }),
    at: (parent, id) => ({ path: `${parent.path}/${name}/${id}` }),
  };
}

import type { CollectionRef, DocumentRef, SortDirection, StoredValue } from '#shared/model/document.ts';

/** Opaque mark of one state of one document. Compare for equality only. */
export type Version = string & { readonly __version?: never };

export interface Snapshot<T extends object> {
  readonly ref: DocumentRef<T>;
  readonly value: T;
  readonly version: Version;
}

/** A change that the store computes at commit time. */
export type Transform =
  | { readonly transform: 'increment'; readonly by: number }
  | { readonly transform: 'arrayUnion'; readonly elements: readonly StoredValue[] }
  | { readonly transform: 'serverTime' }
  | { readonly transform: 'deleteField' };

/**
 * One part of an atomic commit.
 *
 * - `create` refuses an existing document.
 * - `set` writes the whole document, with `ifVersion` only over that version.
 * - `update` changes the named fields of an existing document; keys are dotted field paths whose
 *   segments are identifiers or quoted in backticks. Values may be transforms.
 * - `delete` is silent about a missing document unless `ifVersion` is given.
 */
export type Write =
  | { readonly op: 'create'; readonly ref: DocumentRef<object>; readonly value: object }
  | {
      readonly op: 'set';
      readonly ref: DocumentRef<object>;
      readonly value: object;
      readonly ifVersion?: Version;
    }
  | {
      readonly op: 'update';
      readonly ref: DocumentRef<object>;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly ifVersion?: Version;
    }
  | { readonly op: 'delete'; readonly ref: DocumentRef<object>; readonly ifVersion?: Version };

export interface CommitResult {
  readonly version: Version;
  /** The new values of fields with `increment` or `serverTime`, by field path. Firestore tells no others. */
  readonly transformed: Readonly<Record<string, StoredValue>>;
}

export type Comparison = '==' | '<' | '<=' | '>' | '>=' | 'in' | 'array-contains';

export interface Query<T extends object> {
  /** One collection, or with `group` every collection of that name in the client's scope. */
  readonly from: CollectionRef<T> | { readonly group: string };
  readonly where?: readonly (readonly [field: string, comparison: Comparison, value: StoredValue])[];
  /** Documents that lack an ordered field are left out. The path is always the last sort key. */
  readonly orderBy?: readonly (readonly [field: string, direction: SortDirection])[];
  /** Values of the `orderBy` fields, and optionally the document path, of the last row already seen. */
  readonly after?: readonly StoredValue[];
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Reads of a transaction. Reads come before writes; writes are buffered and applied at the end. */
export interface Transaction {
  get<T extends object>(ref: DocumentRef<T>): Promise<Snapshot<T> | undefined>;
  query<T extends object>(query: Query<T>): Promise<readonly Snapshot<T>[]>;
  write(...writes: readonly Write[]): void;
}

/**
 * Documents of one client. The handle is the scope: no path given to it can address another client (M12).
 *
 * @throws ConcordError with code already_exists, not_found, conflict, contention, invalid_argument,
 *   index_required or unavailable; after `unavailable` on a commit the outcome is unknown.
 */
export interface DocumentStore {
  get<T extends object>(ref: DocumentRef<T>): Promise<Snapshot<T> | undefined>;
  /** Several documents as of one moment, in the order asked. */
  getAll<const R extends readonly DocumentRef<object>[]>(refs: R): Promise<Snapshots<R>>;
  query<T extends object>(query: Query<T>): Promise<readonly Snapshot<T>[]>;
  count(query: Omit<Query<object>, 'limit' | 'orderBy' | 'after'>): Promise<number>;
  /** Applies all writes or none. At most 500 writes, one per document. */
  commit(writes: readonly Write[]): Promise<readonly CommitResult[]>;
  /** Serialisable; `body` may run more than once and must have no other effect. */
  transact<R>(body: (transaction: Transaction) => Promise<R>): Promise<R>;
}

export type Snapshots<R extends readonly DocumentRef<object>[]> = {
  [I in keyof R]: R[I] extends DocumentRef<infer T> ? Snapshot<T> | undefined : never;
};

export function create<T extends object>(ref: DocumentRef<T>, value: T): Write {
  return { op: 'create', ref, value };
}

export function set<T extends object>(ref: DocumentRef<T>, value: T, ifVersion?: Version): Write {
  return ifVersion === undefined ? { op: 'set', ref, value } : { op: 'set', ref, value, ifVersion };
}

/** Changes top-level fields; for dotted paths build the write by hand. */
export function update<T extends object>(
  ref: DocumentRef<T>,
  fields: { readonly [K in keyof T]?: T[K] | Transform },
  ifVersion?: Version,
): Write {
  return ifVersion === undefined ? { op: 'update', ref, fields } : { op: 'update', ref, fields, ifVersion };
}

export function remove(ref: DocumentRef<object>, ifVersion?: Version): Write {
  return ifVersion === undefined ? { op: 'delete', ref } : { op: 'delete', ref, ifVersion };
}

import { alreadyExists, conflict, invalidArgument, notFound } from '#shared/errors/faults.ts';
import type { StoredValue } from '#shared/model/document.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { CommitResult, Version, Write } from '#shared/ports/document-store.ts';
import { compileDocumentPattern } from './document-pattern.ts';
import type { Location, PathScope } from './document-path.ts';
import type { CollectionRules } from './document-rules.ts';
import type { DocumentRow, DocumentTable } from './document-table.ts';
import { type FieldChange, applyFieldChanges, prepareFieldChanges } from './document-transforms.ts';
import { type Measure, decodeFields, encodeFields } from './document-values.ts';

/** A write that has passed every check that needs no database. It shares nothing with the caller's objects. */
export type PreparedWrite =
  | {
      readonly op: 'create' | 'set';
      readonly at: Location;
      readonly body: string;
      readonly ifVersion: Version | undefined;
    }
  | {
      readonly op: 'update';
      readonly at: Location;
      readonly changes: readonly FieldChange[];
      readonly ifVersion: Version | undefined;
    }
  | { readonly op: 'delete'; readonly at: Location; readonly ifVersion: Version | undefined };

/** What an atomic commit came to. */
export interface Applied {
  readonly results: readonly CommitResult[];
  /** Whether triggers have something to look at. */
  readonly hasRecorded: boolean;
}

export interface DocumentWriterOptions {
  readonly table: DocumentTable;
  readonly scope: PathScope;
  readonly rules: ReadonlyMap<string, CollectionRules>;
  /** Patterns of documents whose changes are kept for triggers. */
  readonly watched: readonly string[];
  readonly clock: Clock;
}

const MAX_WRITES = 500;
const MAX_REQUEST_BYTES = 10 * 1_048_576;
const MAX_DOCUMENT_BYTES = 1_048_576;
const NAME_OVERHEAD_BYTES = 16;
const MAX_INDEX_ENTRIES = 40_000;
/** Deleting what is not there leaves nothing that a version could mark. */
const NO_VERSION: Version = '0';
const NOTHING: Readonly<Record<string, StoredValue>> = Object.freeze({});

/** One commit in the making; the version is drawn from the database once something has really changed. */
interface Turn {
  readonly now: number;
  version: number | undefined;
  hasRecorded: boolean;
}

/** Refuses a commit with too many writes or too much in them, or with two for one document. */
export function checkTogether(writes: readonly PreparedWrite[]): void {
  if (writes.length > MAX_WRITES) {
    throw invalidArgument(`A commit has ${writes.length} writes; the most is ${MAX_WRITES}.`);
  }
  if (writes.length > 1 && new Set(writes.map(({ at }) => at.path)).size < writes.length) {
    throw invalidArgument('A commit writes one document twice.');
  }
  const bytes = writes.length * MAX_DOCUMENT_BYTES < MAX_REQUEST_BYTES ? 0 : requestBytes(writes);
  if (bytes > MAX_REQUEST_BYTES) {
    throw invalidArgument(`A commit has ${bytes} bytes; the most is ${MAX_REQUEST_BYTES}.`);
  }
}

/** About what Firestore would be sent. */
function requestBytes(writes: readonly PreparedWrite[]): number {
  const texts = writes.flatMap((write) => {
    if (write.op === 'delete') return [];
    return write.op === 'update' ? write.changes.flatMap(({ change }) => jsonOf(change)) : [write.body];
  });
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function jsonOf(change: FieldChange['change']): readonly string[] {
  if (change.kind === 'value') return [change.json];
  return change.kind === 'arrayUnion' ? change.elements : [];
}

/** Checks writes against Firestore's limits and applies them to the table. */
export class DocumentWriter {
  readonly #options: DocumentWriterOptions;
  readonly #watches: readonly ((path: string) => boolean)[];

  constructor(options: DocumentWriterOptions) {
    this.#options = options;
    this.#watches = options.watched.map(compileDocumentPattern);
  }

  /** @throws ConcordError invalid_argument */
  prepare(writes: readonly Write[]): readonly PreparedWrite[] {
    const prepared = writes.map((write) => this.#prepareOne(write));
    checkTogether(prepared);
    return prepared;
  }

  /**
   * Applies all writes inside the caller's transaction. When it throws, the caller undoes what was written.
   *
   * @throws ConcordError already_exists, not_found, conflict; invalid_argument for an update that makes its
   *   document too large.
   */
  apply(writes: readonly PreparedWrite[]): Applied {
    const turn: Turn = { now: Math.floor(this.#options.clock.now()), version: undefined, hasRecorded: false };
    const results = writes.map((write) => this.#applyOne(write, turn));
    return { results, hasRecorded: turn.hasRecorded };
  }

  #prepareOne(write: Write): PreparedWrite {
    const at = this.#options.scope.document(write.ref.path);
    const ifVersion = write.op === 'create' ? undefined : write.ifVersion;
    switch (write.op) {
      case 'create':
      case 'set':
        return { op: write.op, at, body: this.#encode(at, write.value), ifVersion };
      case 'update':
        return { op: 'update', at, changes: prepareFieldChanges(write.fields), ifVersion };
      case 'delete':
        return { op: 'delete', at, ifVersion };
      default:
        throw invalidArgument('A write has an unknown operation.');
    }
  }

  #encode({ path, name }: Location, value: object): string {
    const rules = this.#options.rules.get(name);
    const measure: Measure = { bytes: Buffer.byteLength(path) + 1 + NAME_OVERHEAD_BYTES, indexEntries: 0 };
    const body = encodeFields(value, rules?.exemptions, measure);
    const { bytes, indexEntries } = measure;
    if (bytes > MAX_DOCUMENT_BYTES) {
      throw invalidArgument(`Document ${path} has ${bytes} bytes; the most is ${MAX_DOCUMENT_BYTES}.`);
    }
    if (indexEntries + (rules?.indexes.length ?? 0) > MAX_INDEX_ENTRIES) {
      throw invalidArgument(`Document ${path} has more than ${MAX_INDEX_ENTRIES} index entries.`);
    }
    return body;
  }

  #applyOne(write: PreparedWrite, turn: Turn): CommitResult {
    const row = this.#options.table.read(write.at.path);
    this.#checkPrecondition(write, row);
    if (write.op === 'delete') return { version: this.#delete(write.at, row, turn), transformed: NOTHING };
    if (write.op !== 'update')
      return { version: this.#put(write.at, row, write.body, turn), transformed: NOTHING };
    const fields = decodeFields(row?.body ?? '{}');
    const transformed = applyFieldChanges(fields, write.changes, turn.now);
    return { version: this.#put(write.at, row, this.#encode(write.at, fields), turn), transformed };
  }

  #checkPrecondition({ op, at, ifVersion }: PreparedWrite, row: DocumentRow | undefined): void {
    const path = this.#options.scope.relative(at.path);
    if (op === 'create' && row !== undefined) throw alreadyExists(path);
    if (ifVersion !== undefined && (row === undefined || String(row.version) !== ifVersion))
      throw conflict(path);
    if (op === 'update' && row === undefined) throw notFound(path);
  }

  #put(at: Location, row: DocumentRow | undefined, body: string, turn: Turn): Version {
    if (row?.body === body) return String(row.version);
    const version = this.#nextVersion(turn);
    if (row === undefined) this.#options.table.insert(at, version, body);
    else this.#options.table.replace(at.path, version, body);
    this.#record(at, row?.body ?? null, body, turn);
    return String(version);
  }

  #delete(at: Location, row: DocumentRow | undefined, turn: Turn): Version {
    if (row === undefined) return NO_VERSION;
    this.#options.table.delete(at.path);
    this.#record(at, row.body, null, turn);
    return String(this.#nextVersion(turn));
  }

  #nextVersion(turn: Turn): number {
    turn.version ??= this.#options.table.nextVersion();
    return turn.version;
  }

  #record(at: Location, before: string | null, after: string | null, turn: Turn): void {
    if (this.#watches.length === 0) return;
    const path = this.#options.scope.relative(at.path);
    if (!this.#watches.some((matches) => matches(path))) return;
    this.#options.table.record({ path, before, after, at: turn.now });
    turn.hasRecorded = true;
  }
}

import { invalidArgument } from '#shared/errors/faults.ts';

/** Where a document or a collection lies in the database. */
export interface Location {
  /** Whole path with the client's prefix: `clients/demo/records/rec_1`. */
  readonly path: string;
  /** Whole path of the collection that holds the document, or of the collection itself. */
  readonly parent: string;
  /** Last collection segment: `records`. */
  readonly name: string;
}

/** Turns paths of one client into paths of the database, and back. */
export interface PathScope {
  readonly clientId: string;
  document(path: string): Location;
  collection(path: string): Location;
  /** The path as the client knows it. */
  relative(path: string): string;
}

const MAX_SEGMENT_BYTES = 1_500;
const MAX_PATH_BYTES = 6_144;

/**
 * Opens the scope of one client. Every path goes through it, and none that it returns lies outside
 * `clients/<clientId>/` (M12): segments are never empty, `.`, `..` or reserved, and hold no separator.
 *
 * @throws ConcordError invalid_argument for a client id or, later, a path that Firestore refuses too.
 */
export function openPathScope(clientId: string, isDeclared: (collection: string) => boolean): PathScope {
  if (clientId.includes('/')) throw invalidArgument(`Client id ${clientId} holds a separator.`);
  checkSegment(clientId, clientId);
  const prefix = `clients/${clientId}/`;

  function segmentsOf(path: string): readonly string[] {
    if (Buffer.byteLength(path) + Buffer.byteLength(prefix) > MAX_PATH_BYTES) {
      throw invalidArgument(`Path ${path.slice(0, 100)}... is longer than ${MAX_PATH_BYTES} bytes.`);
    }
    const segments = path.split('/');
    for (let index = 0; index < segments.length; index += 1) {
      const segment = segments[index] ?? '';
      checkSegment(segment, path);
      if (index % 2 === 0 && !isDeclared(segment)) {
        throw invalidArgument(`Collection ${segment} of path ${path} is not declared.`);
      }
    }
    return segments;
  }

  return {
    clientId,
    document(path) {
      const segments = segmentsOf(path);
      if (segments.length % 2 !== 0)
        throw invalidArgument(`Path ${path} names a collection, not a document.`);
      const parent = prefix + path.slice(0, path.lastIndexOf('/'));
      return { path: prefix + path, parent, name: segments.at(-2) ?? '' };
    },
    collection(path) {
      const segments = segmentsOf(path);
      if (segments.length % 2 === 0)
        throw invalidArgument(`Path ${path} names a document, not a collection.`);
      return { path: prefix + path, parent: prefix + path, name: segments.at(-1) ?? '' };
    },
    relative: (path) => path.slice(prefix.length),
  };
}

/** U+0001 separates segments where SQLite sorts whole paths, so no segment may hold it or U+0000. */
function checkSegment(segment: string, path: string): void {
  const isReserved = segment === '' || segment === '.' || segment === '..' || isReservedName(segment);
  const isUnsafe = !segment.isWellFormed() || segment.includes('\u0000') || segment.includes('\u0001');
  if (isReserved || isUnsafe) throw invalidArgument(`Path ${path} has the refused segment '${segment}'.`);
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
    throw invalidArgument(
      `Path ${path.slice(0, 100)}... has a segment of more than ${MAX_SEGMENT_BYTES} bytes.`,
    );
  }
}

/** Whether Firestore keeps this name for itself: `__name__`. */
export function isReservedName(name: string): boolean {
  return name.length >= 4 && name.startsWith('__') && name.endsWith('__');
}

import { invalidArgument } from '#shared/errors/faults.ts';
import { isReservedName } from './document-path.ts';

/** The names that lead from a document to one of its fields. */
export type FieldPath = readonly string[];

const SEGMENT = /(?:([A-Za-z_][A-Za-z0-9_]*)|`((?:[^`\\]|\\[`\\])+)`)(\.|$)/y;
/** Of one name, and of a whole path. */
const MAX_FIELD_BYTES = 1_500;
const MAX_KNOWN = 2_000;
const known = new Map<string, FieldPath>();

/**
 * Reads a dotted field path. Segments are identifiers, or quoted in backticks with `\` before a backtick or a
 * backslash.
 *
 * @throws ConcordError invalid_argument for any other text and for names that Firestore refuses.
 */
export function parseFieldPath(text: string): FieldPath {
  const earlier = known.get(text);
  if (earlier !== undefined) return earlier;
  const path = readSegments(text);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, path);
  return path;
}

/** Refuses field names that are empty, reserved, too long or no valid text. */
export function checkFieldName(name: string): void {
  const isSound = name !== '' && !isReservedName(name) && name.isWellFormed();
  if (!isSound || Buffer.byteLength(name) > MAX_FIELD_BYTES) {
    throw invalidArgument(`Field name '${name.slice(0, 100)}' is refused.`);
  }
}

function readSegments(text: string): FieldPath {
  if (Buffer.byteLength(text) > MAX_FIELD_BYTES) {
    throw invalidArgument(`Field path '${text.slice(0, 100)}...' is longer than ${MAX_FIELD_BYTES} bytes.`);
  }
  const path: string[] = [];
  SEGMENT.lastIndex = 0;
  for (;;) {
    const match = SEGMENT.exec(text);
    if (match === null) throw invalidArgument(`Field path '${text.slice(0, 100)}' is malformed.`);
    const segment = match[1] ?? (match[2] ?? '').replaceAll(/\\(.)/gs, '$1');
    checkFieldName(segment);
    path.push(segment);
    if (match[3] === '') return path;
  }
}

import { isDeepStrictEqual } from 'node:util';
import protobuf from 'protobufjs/minimal.js';
import type { StoredValue } from '#shared/model/document.ts';

/** The fields of a document at one moment. */
export type StoredFields = { readonly [field: string]: StoredValue };

/** A change of one document. At least one of both states is there. */
export interface DocumentChange {
  /** `projects/<project>/databases/<database>/documents/<path>`. */
  readonly name: string;
  readonly before: StoredFields | undefined;
  readonly after: StoredFields | undefined;
  /** Epoch milliseconds of the commit. */
  readonly changedAt: number;
}

type Writer = protobuf.Writer;

/** Wire types of protobuf. */
const VARINT = 0;
const FIXED64 = 1;
const SIZED = 2;

/**
 * Writes a change as the `google.events.cloud.firestore.v1.DocumentEventData` that a Firestore trigger
 * carries, so that every local event goes through the decoder that production uses. The embedded store keeps
 * no creation time, so a document carries the time of the change in both of its times.
 */
export function encodeDocumentEvent(change: DocumentChange): Uint8Array {
  const { name, before, after, changedAt } = change;
  const writer = protobuf.Writer.create();
  if (after !== undefined) sized(writer, 1, () => writeDocument(writer, name, after, changedAt));
  if (before !== undefined) sized(writer, 2, () => writeDocument(writer, name, before, changedAt));
  if (before !== undefined && after !== undefined) {
    const paths = changedPaths(before, after);
    sized(writer, 3, () => paths.forEach((path) => writer.uint32(tag(1, SIZED)).string(path)));
  }
  return writer.finish();
}

/**
 * Paths of the fields that differ, maps entered, in code-unit order; empty for a write that changed nothing.
 * Names that are no identifiers are quoted in backticks.
 */
export function changedPaths(before: StoredFields, after: StoredFields, prefix = ''): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((field) => {
    const [old, now] = [before[field], after[field]];
    if (isDeepStrictEqual(old, now)) return [];
    const path = prefix + quoted(field);
    return isMap(old) && isMap(now) ? changedPaths(old, now, `${path}.`) : [path];
  });
}

function writeDocument(writer: Writer, name: string, fields: StoredFields, changedAt: number): void {
  writer.uint32(tag(1, SIZED)).string(name);
  writeMembers(writer, 2, fields);
  sized(writer, 3, () => writeTime(writer, changedAt));
  sized(writer, 4, () => writeTime(writer, changedAt));
}

function writeMembers(writer: Writer, field: number, members: StoredFields): void {
  for (const [key, value] of Object.entries(members)) {
    sized(writer, field, () => {
      writer.uint32(tag(1, SIZED)).string(key);
      sized(writer, 2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: Writer, value: StoredValue): void {
  if (value === null) writer.uint32(tag(11, VARINT)).int32(0);
  else if (typeof value === 'boolean') writer.uint32(tag(1, VARINT)).bool(value);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (typeof value === 'string') writer.uint32(tag(17, SIZED)).string(value);
  else if (value instanceof Date) sized(writer, 10, () => writeTime(writer, value.getTime()));
  else if (isMap(value)) sized(writer, 6, () => writeMembers(writer, 1, value));
  else if (Array.isArray(value))
    sized(writer, 9, () => value.forEach((element) => writeElement(writer, element)));
}

function writeElement(writer: Writer, element: StoredValue): void {
  sized(writer, 1, () => writeValue(writer, element));
}

/** Whole numbers are integers, as Firestore's own client stores them; negative zero is not whole. */
function writeNumber(writer: Writer, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.uint32(tag(2, VARINT)).int64(value);
  else writer.uint32(tag(3, FIXED64)).double(value);
}

function writeTime(writer: Writer, epochMs: number): void {
  const seconds = Math.floor(epochMs / 1_000);
  writer.uint32(tag(1, VARINT)).int64(seconds);
  writer.uint32(tag(2, VARINT)).int32((epochMs - seconds * 1_000) * 1_000_000);
}

function sized(writer: Writer, field: number, write: () => void): void {
  writer.uint32(tag(field, SIZED)).fork();
  write();
  writer.ldelim();
}

function tag(field: number, wireType: number): number {
  return ((field << 3) | wireType) >>> 0;
}

function isMap(value: StoredValue | undefined): value is StoredFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function quoted(field: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(field) ? field : `\`${field.replaceAll(/[\\`]/g, '\\$&')}\``;
}

import protobuf from 'protobufjs/minimal.js';
import { invalidArgument } from '#shared/errors/faults.ts';

/** A point on the earth, as Firestore stores it. */
export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}

/** A stored value as plain JavaScript. Integers beyond 2^53 are `bigint`; a reference is its resource name. */
export type EventValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | GeoPoint
  | readonly EventValue[]
  | { readonly [field: string]: EventValue };

/** A document before or after a change. */
export interface EventDocument {
  /** `projects/<project>/databases/<database>/documents/<path>`. */
  readonly name: string;
  readonly fields: { readonly [field: string]: EventValue };
  /** Rounded down to milliseconds. */
  readonly createTime: Date | null;
  readonly updateTime: Date | null;
}

/** What a Firestore trigger tells: no `value` after a delete, no `oldValue` after a create. */
export interface DocumentEvent {
  readonly value?: EventDocument;
  readonly oldValue?: EventDocument;
  /** Paths of the fields that an update changed. */
  readonly updateMask?: readonly string[];
}

type Reader = protobuf.Reader;
type FieldReaders = Readonly<Record<number, (reader: Reader) => void>>;

/**
 * Reads the body of a Firestore trigger's CloudEvent: a `google.events.cloud.firestore.v1.DocumentEventData`.
 * The few messages it consists of are read directly, so that a function that only wants to know what
 * changed does not load a Firestore client. Unknown fields are skipped.
 *
 * @throws ConcordError `invalid_argument` when the bytes are no such message.
 */
export function decodeDocumentEvent(body: Uint8Array): DocumentEvent {
  const event: { value?: EventDocument; oldValue?: EventDocument; updateMask?: readonly string[] } = {};
  try {
    readMessage(protobuf.Reader.create(body), body.length, {
      1: (reader) => (event.value = readDocument(reader)),
      2: (reader) => (event.oldValue = readDocument(reader)),
      3: (reader) => (event.updateMask = readMask(reader)),
    });
  } catch {
    throw invalidArgument('The body of the trigger is no document event.');
  }
  return event;
}

function readDocument(reader: Reader): EventDocument {
  let name = '';
  const fields: [string, EventValue][] = [];
  let createTime: Date | null = null;
  let updateTime: Date | null = null;
  readSized(reader, {
    1: (part) => (name = part.string()),
    2: (part) => fields.push(readMember(part)),
    3: (part) => (createTime = readTime(part)),
    4: (part) => (updateTime = readTime(part)),
  });
  return { name, fields: Object.fromEntries(fields), createTime, updateTime };
}

function readMask(reader: Reader): readonly string[] {
  const paths: string[] = [];
  readSized(reader, { 1: (part) => paths.push(part.string()) });
  return paths;
}

/** One entry of a protobuf map. */
function readMember(reader: Reader): [string, EventValue] {
  let key = '';
  let value: EventValue = null;
  readSized(reader, { 1: (part) => (key = part.string()), 2: (part) => (value = readValue(part)) });
  return [key, value];
}

function readValue(reader: Reader): EventValue {
  let value: EventValue = null;
  readSized(reader, {
    1: (part) => (value = part.bool()),
    2: (part) => (value = readInteger(part)),
    3: (part) => (value = part.double()),
    5: (part) => (value = part.string()),
    6: (part) => (value = readMap(part)),
    8: (part) => (value = readGeoPoint(part)),
    9: (part) => (value = readArray(part)),
    10: (part) => (value = readTime(part)),
    11: (part) => (value = (part.int32(), null)),
    17: (part) => (value = part.string()),
    18: (part) => (value = Uint8Array.from(part.bytes())),
  });
  return value;
}

function readMap(reader: Reader): EventValue {
  const members: [string, EventValue][] = [];
  readSized(reader, { 1: (part) => members.push(readMember(part)) });
  return Object.fromEntries(members);
}

function readArray(reader: Reader): readonly EventValue[] {
  const values: EventValue[] = [];
  readSized(reader, { 1: (part) => values.push(readValue(part)) });
  return values;
}

function readGeoPoint(reader: Reader): GeoPoint {
  let [latitude, longitude] = [0, 0];
  readSized(reader, { 1: (part) => (latitude = part.double()), 2: (part) => (longitude = part.double()) });
  return { latitude, longitude };
}

function readTime(reader: Reader): Date {
  let [seconds, nanos] = [0, 0];
  readSized(reader, {
    1: (part) => (seconds = Number(readInteger(part))),
    2: (part) => (nanos = part.int32()),
  });
  return new Date(seconds * 1_000 + Math.floor(nanos / 1_000_000));
}

function readInteger(reader: Reader): number | bigint {
  const { high, low } = reader.int64();
  const value = high * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) + BigInt(low >>> 0);
}

function readSized(reader: Reader, fields: FieldReaders): void {
  readMessage(reader, reader.uint32(), fields);
}

function readMessage(reader: Reader, length: number, fields: FieldReaders): void {
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('the message is longer than its bytes');
  while (reader.pos < end) {
    const tag = reader.uint32();
    const read = fields[tag >>> 3];
    if (read === undefined) reader.skipType(tag & 7);
    else read(reader);
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
}

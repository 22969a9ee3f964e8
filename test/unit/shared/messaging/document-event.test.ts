import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as firestore from '@google-cloud/firestore';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, test } from 'vitest';
import { decodeDocumentEvent } from '#shared/messaging/document-event.ts';
import { changedPaths, encodeDocumentEvent } from '#shared/platform/local/document-event.ts';

/** Google's compiled message classes, which the client exports and its types leave out. */
interface MessageType {
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): object;
}
interface WithProtos {
  readonly protos: {
    readonly google: {
      readonly firestore: { readonly v1: Readonly<Record<'Document' | 'DocumentMask', MessageType>> };
    };
  };
}
const { Document, DocumentMask } = (firestore as unknown as WithProtos).protos.google.firestore.v1;
const NAME = 'projects/p/databases/demo/documents/clients/demo/crosswalks/a';
const CHANGED_AT = Date.UTC(2026, 0, 5, 9, 0, 0, 250);

/** The event as Google's own classes would read it: an independent opinion about the bytes. */
function readWithGoogle(body: Uint8Array): Record<number, object> {
  const reader = protobuf.Reader.create(body);
  const parts: Record<number, object> = {};
  while (reader.pos < reader.len) {
    const field = reader.uint32() >>> 3;
    const bytes = reader.bytes();
    const type = field === 3 ? DocumentMask : Document;
    parts[field] = type.toObject(type.decode(bytes), { longs: Number });
  }
  return parts;
}

describe('the event of a document trigger', () => {
  test('reads as the same document with the classes of the Firestore client', () => {
    const at = new Date('2026-01-05T08:00:00.250Z');
    const after = {
      text: 'é',
      whole: -7,
      half: 0.5,
      yes: true,
      gone: null,
      at,
      list: [1, 'a'],
      map: { inner: { x: 1 } },
    };

    const parts = readWithGoogle(
      encodeDocumentEvent({ name: NAME, before: { text: 'e' }, after, changedAt: CHANGED_AT }),
    );

    const seconds = Math.floor(CHANGED_AT / 1_000);
    expect(parts[1]).toEqual({
      name: NAME,
      fields: {
        text: { stringValue: 'é' },
        whole: { integerValue: -7 },
        half: { doubleValue: 0.5 },
        yes: { booleanValue: true },
        gone: { nullValue: 0 },
        at: { timestampValue: { seconds: at.getTime() / 1_000 - 0.25, nanos: 250_000_000 } },
        list: { arrayValue: { values: [{ integerValue: 1 }, { stringValue: 'a' }] } },
        map: { mapValue: { fields: { inner: { mapValue: { fields: { x: { integerValue: 1 } } } } } } },
      },
      createTime: { seconds, nanos: 250_000_000 },
      updateTime: { seconds, nanos: 250_000_000 },
    });
    expect(parts[2]).toMatchObject({ fields: { text: { stringValue: 'e' } } });
    expect(parts[3]).toEqual({ fieldPaths: ['at', 'gone', 'half', 'list', 'map', 'text', 'whole', 'yes'] });
  });

  test('brings back every document that was put in', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'grapheme' }),
      fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T00:00:00Z'),
        noInvalidDate: true,
      }),
    );
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const inner = fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 4 }),
      fc.dictionary(name, leaf, { maxKeys: 4, noNullPrototype: true }),
    );
    const fields = fc.dictionary(name, inner, { maxKeys: 6, noNullPrototype: true });

    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const event = decodeDocumentEvent(
          encodeDocumentEvent({ name: NAME, before, after, changedAt: CHANGED_AT }),
        );

        expect(event.value?.fields).toEqual(after);
        expect(event.oldValue?.fields).toEqual(before);
        expect(event.updateMask).toEqual(changedPaths(before, after));
      }),
    );
  });

  test('of a create has no old state and of a delete no new one', () => {
    const created = decodeDocumentEvent(
      encodeDocumentEvent({ name: NAME, before: undefined, after: { n: 1 }, changedAt: 0 }),
    );
    const deleted = decodeDocumentEvent(
      encodeDocumentEvent({ name: NAME, before: { n: 1 }, after: undefined, changedAt: 0 }),
    );

    expect(Object.keys(created)).toEqual(['value']);
    expect(Object.keys(deleted)).toEqual(['oldValue']);
  });

  test('keeps whole numbers beyond 2^53 digit for digit', () => {
    const document = Document.encode({
      name: NAME,
      fields: { id: { integerValue: '9007199254740993' } },
    }).finish();
    const body = protobuf.Writer.create().uint32(10).bytes(document).finish();

    expect(decodeDocumentEvent(body).value?.fields).toEqual({ id: 9007199254740993n });
  });

  test('that is cut short or no event at all is refused', () => {
    const whole = encodeDocumentEvent({ name: NAME, before: undefined, after: { n: 1 }, changedAt: 0 });

    for (const body of [
      whole.subarray(0, whole.length - 3),
      Buffer.from('{"json":true}'),
      Uint8Array.of(10, 200, 1, 0),
    ]) {
      expect(() => decodeDocumentEvent(body)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    }
  });

  test('names changed fields by path, maps entered and odd names quoted', () => {
    const before = { same: 1, gone: 1, map: { a: 1, b: { c: 1 } }, 'odd name': 1, list: [1] };
    const after = { same: 1, map: { a: 1, b: { c: 2 } }, 'odd name': 2, list: [1, 2], fresh: 1 };

    expect(changedPaths(before, after)).toEqual(['fresh', 'gone', 'list', 'map.b.c', '`odd name`']);
  });
});

const captured = fileURLToPath(
  new URL('../../../../../shared/specs/gcp/cloudevents/firestore-protobuf-derived/', import.meta.url),
);

interface CapturedEvent {
  readonly bodyBase64: string;
  readonly decoded: {
    readonly value?: CapturedDocument;
    readonly oldValue?: CapturedDocument;
    readonly updateMask?: { readonly fieldPaths: readonly string[] };
  };
}
interface CapturedDocument {
  readonly name: string;
  readonly fields: Readonly<Record<string, CapturedValue>>;
}
type CapturedValue = Readonly<Record<string, unknown>>;

/** The published JSON form of a value as plain JavaScript. */
function plain(value: CapturedValue): unknown {
  const [[kind, content] = []] = Object.entries(value);
  if (kind === 'integerValue') return Number(content);
  if (kind === 'nullValue') return null;
  if (kind === 'timestampValue') return toDate(content);
  if (kind === 'arrayValue')
    return ((content as { readonly values?: readonly CapturedValue[] }).values ?? []).map(plain);
  if (kind === 'mapValue')
    return plainFields((content as { readonly fields?: Record<string, CapturedValue> }).fields ?? {});
  return content;
}

function toDate(content: unknown): Date {
  if (typeof content === 'string') return new Date(content);
  const { seconds, nanos = 0 } = content as { readonly seconds: string; readonly nanos?: number };
  return new Date(Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000));
}

function plainFields(fields: Readonly<Record<string, CapturedValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

describe.skipIf(!existsSync(captured))(
  'published events (skipped: ../shared with the published examples is not beside the checkout)',
  () => {
    const files = existsSync(captured) ? readdirSync(captured) : [];

    test.each(files)('%s reads as its published content', (file) => {
      const { bodyBase64, decoded } = JSON.parse(readFileSync(`${captured}${file}`, 'utf8')) as CapturedEvent;

      const event = decodeDocumentEvent(Buffer.from(bodyBase64, 'base64'));

      expect(event.value?.name).toBe(decoded.value?.name);
      expect(event.value?.fields).toEqual(decoded.value && plainFields(decoded.value.fields));
      expect(event.oldValue?.fields).toEqual(decoded.oldValue && plainFields(decoded.oldValue.fields));
      expect(event.updateMask).toEqual(decoded.updateMask?.fieldPaths);
    });
  },
);

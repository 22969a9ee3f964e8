import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '#shared/connectors/lossless-json.ts';
import { DigitsSchema } from '#shared/connectors/native-id.ts';

describe('parseJson', () => {
  test('keeps every digit of ids beyond 2^53', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (id) => {
        const parsed = parseJson(`{"id": ${id}}`);

        expect(parsed.status).toBe('parsed');
        if (parsed.status === 'parsed')
          expect(DigitsSchema.parse((parsed.value as { id: unknown }).id)).toBe(String(id));
      }),
    );
  });

  test('reads everything else as JSON does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, (_key, part: unknown) =>
          typeof part === 'number' && !Number.isSafeInteger(part) && /^-?\d+$/.test(String(part)) ? 0 : part,
        );

        expect(parseJson(text)).toEqual({ status: 'parsed', value: JSON.parse(text) });
      }),
    );
  });

  test.each(['', '{', 'ping', '[1,]', '['.repeat(200_000)])('never throws over a broken body', (text) => {
    expect(parseJson(text)).toEqual({ status: 'malformed' });
  });

  test('a nesting deep enough to exhaust the stack is malformed, not a crash', () => {
    const depth = 500_000;

    expect(parseJson('['.repeat(depth) + ']'.repeat(depth))).toEqual({ status: 'malformed' });
  });
});

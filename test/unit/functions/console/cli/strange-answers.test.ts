import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typeLine } from '#test/support/terminals.ts';

const LINES = [
  'status',
  'records find ana@example.com',
  'records list',
  'records show rec_1',
  'records history rec_1',
  'runs',
  'runs show run_1',
  'discrepancies',
  'discrepancies --by cause',
  'discrepancies show rec_1:profile',
  'check rec_1',
  'why rec_1 --field phone',
  'why rec_1 --field phone --system shopify',
  'plan --record rec_1',
  'plan show plan_1',
  'apply plan_1 --hash abc',
  'apply --follow plan_1',
  'operations',
  'identity',
  'identity merge rec_1 rec_2 --reason same',
  'mode',
  'pause shopify --reason test',
];

const answers = fc.record({
  status: fc.constantFrom(200, 202, 304, 400, 401, 403, 404, 409, 410, 412, 423, 500, 502, 503),
  body: fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constant('')),
});

describe('whatever answers in place of a console', () => {
  test.each(LINES)('%s ends with a code and a harmless sentence', async (line) => {
    await fc.assert(
      fc.asyncProperty(answers, async ({ status, body }) => {
        const http = { send: async () => ({ status, headers: {}, body }) };

        const { exitCode, out, err } = await typeLine({ http }, line);

        expect(exitCode).toBe(1);
        expect(out).toEqual([]);
        expect(err.length).toBeGreaterThan(0);
        expect(err.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
      { numRuns: 40 },
    );
  });
});

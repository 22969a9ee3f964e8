import { expect, test } from 'vitest';
import { answeredAt } from '#shared/connectors/answered-at.ts';

test("a vendor's clock is read from the date of its answer", () => {
  expect(answeredAt('Fri, 20 Nov 2026 10:00:07 GMT')).toBe('2026-11-20T10:00:07.000Z');
});

test.each([
  undefined,
  null,
  '',
  '2026-11-20T10:00:07Z',
  'Fri, 20 Nov 2026 10:00:07 +0100',
  'Fri, 99 Nov 2026 10:00:07 GMT',
])('an answer dated %s tells no time', (date) => {
  expect(answeredAt(date)).toBeNull();
});

import { describe, expect, test } from 'vitest';
import { explanationOf, type Departure, type Sign } from '#shared/drift/evidence.ts';
import type { Representation } from '#shared/model/representation.ts';
import { EMAIL, PHONE } from '#test/support/builders/policies.ts';
import { aBase, aRepresentation, aSign, minute, says } from '#test/support/builders/records.ts';

/** Last accepted in minute 3; the vendor says that nothing was modified since. */
const base = aBase(says('a'), minute(3));
const unmodified = aRepresentation({}, { modifiedAt: minute(3) });

function explain(
  from: Departure['base'],
  seen: Representation,
  signs: readonly Sign[],
  differing: Partial<Departure> = {},
): Sign | undefined {
  return explanationOf({
    path: PHONE,
    base: from,
    modifiedAt: seen.modifiedAt,
    signs,
    ownWritesAt: [],
    isBeingWritten: false,
    ...differing,
  });
}

describe('a sign explains that a field left its base', () => {
  test.each([
    ['it names the field', aSign({ paths: [EMAIL, PHONE] })],
    ['it speaks of the whole record', aSign({ paths: null })],
    ['it comes from the same tick of the vendor\u2019s clock', aSign({ at: minute(3) })],
    ['the vendor gave it no time', aSign({ at: null })],
    ['a poll saw it', aSign({ source: 'poll' })],
  ])('when %s', (_when, sign) => {
    expect(explain(base, unmodified, [sign])).toBe(sign);
  });

  test.each([
    ['it is older than the base', aSign({ at: minute(2) })],
    ['it names another field', aSign({ paths: [EMAIL] })],
    ['it names no field that we know', aSign({ paths: [] })],
    ['it is the echo of our own write', aSign({ isEcho: true })],
  ])('but not when %s', (_when, sign) => {
    expect(explain(base, unmodified, [sign])).toBeUndefined();
  });

  test('but not when it only says that the object came to be, for the field had a base by then', () => {
    const birth = aSign({ source: 'created' });

    expect(explain(base, unmodified, [birth])).toBeUndefined();
    expect(explain(undefined, unmodified, [birth])).toBe(birth);
  });

  test('and a sign that explains nothing hides none that does', () => {
    const good = aSign({ eventKey: 'event-2' });

    const found = explain(base, unmodified, [aSign({ isEcho: true }), aSign({ paths: [EMAIL] }), good]);

    expect(found).toBe(good);
  });

  test('and of several the latest does, whatever the order they came in', () => {
    const first = aSign({ at: minute(4), eventKey: 'first' });
    const last = aSign({ at: minute(6), eventKey: 'last' });
    const undated = aSign({ at: null, eventKey: 'undated' });

    expect(explain(base, unmodified, [first, last, undated])).toBe(last);
    expect(explain(base, unmodified, [undated, last, first])).toBe(last);
  });

  test('without a base any sign will do', () => {
    expect(explain(undefined, unmodified, [aSign({ at: minute(0) })])?.at).toBe(minute(0));
    expect(explain(aBase(says('a'), null), unmodified, [aSign({ at: minute(0) })])?.at).toBe(minute(0));
  });
});

describe('the vendor\u2019s modified time', () => {
  test('is a sign when it is later than the base', () => {
    const modified = aRepresentation({}, { modifiedAt: minute(4) });

    expect(explain(base, modified, [])).toEqual({
      source: 'modified_time',
      at: minute(4),
      paths: null,
      eventKey: null,
      isEcho: false,
    });
  });

  test.each([
    ['it is the base\u2019s own', minute(3)],
    ['it is older than the base', minute(2)],
    ['the vendor gives none', null],
  ])('is none when %s', (_when, modifiedAt) => {
    expect(explain(base, aRepresentation({}, { modifiedAt }), [])).toBeUndefined();
  });

  test('is none when nobody can say of when the base is', () => {
    expect(explain(aBase(says('a'), null), aRepresentation({}), [])).toBeUndefined();
  });

  test('is none when it is that of one of our own writes', () => {
    const modified = aRepresentation({}, { modifiedAt: minute(4) });

    expect(explain(base, modified, [], { ownWritesAt: [minute(4), minute(5)] })).toBeUndefined();
  });
});

describe('while we are writing to the system', () => {
  const isBeingWritten = { isBeingWritten: true };

  test('only what names the field explains it, for the rest may be our own trace (M9)', () => {
    const named = aSign({ paths: [PHONE] });

    expect(explain(base, unmodified, [named], isBeingWritten)).toBe(named);
    expect(explain(base, unmodified, [aSign({ paths: null })], isBeingWritten)).toBeUndefined();
    expect(explain(base, aRepresentation({}, { modifiedAt: minute(4) }), [], isBeingWritten)).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NORMALISERS, normalise } from '#shared/authority/normalisers.ts';
import { normalEmail } from '#shared/model/email.ts';

const US = { region: 'US' };
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(' ', '+', '-', '(', ')', 'x', ';', 'e', '=', '0', '1', '2', '5', '7') }),
  fc.constantFrom(' Ada@Example.COM ', '(213) 373-4253 ext. 12', '\u0130@example.com', 'A\u030A', '\uFEFF x'),
);

describe('normalise', () => {
  test.each(NORMALISERS)('%s applied twice changes nothing more than once', (name) => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('US', 'DE', 'no such region'), (text, region) => {
        const once = normalise(name, text, { region });

        expect(normalise(name, once, { region })).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(NORMALISERS)('%s leaves values that are no text alone', (name) => {
    fc.assert(
      fc.property(fc.constantFrom(null, true, false, 0, 12.5, ['a '], { a: ' B ' }), (value) => {
        expect(normalise(name, value, US)).toBe(value);
      }),
    );
  });

  test('an e-mail address is compared without case, outer space and Unicode composition', () => {
    expect(normalise('email', '  Zoe\u0308@Example.COM\n', US)).toBe('zo\u00EB@example.com');
    expect(normalise('email', ' Ada@Example.com', US)).toBe(normalEmail('ada@example.COM '));
  });

  test('a text keeps its case and its inner space', () => {
    expect(normalise('text', '  Ada   King \t', US)).toBe('Ada   King');
    expect(normalise('text', 'A\u030A', US)).toBe('\u00C5');
  });

  test('a text that must match exactly is not touched', () => {
    expect(normalise('exact', ' a ', US)).toBe(' a ');
  });

  test.each([
    ['(213) 373-4253', 'US', '+12133734253'],
    ['213.373.4253', 'US', '+12133734253'],
    [' +1 213 373 4253 ', 'DE', '+12133734253'],
    ['030 901820', 'DE', '+4930901820'],
    ['+49 (0)30 901820', 'US', '+4930901820'],
    ['(213) 373-4253 ext. 12', 'US', '+12133734253;ext=12'],
  ])('the phone number "%s" read in %s is compared as %s', (text, region, expected) => {
    expect(normalise('phone', text, { region })).toBe(expected);
  });

  test.each([
    ['ask at the desk', 'ask at the desk'],
    [' call 213 373 4253 after five ', 'call 213 373 4253 after five'],
    ['12', '12'],
    ['', ''],
  ])('the text "%s" is no phone number and is only trimmed', (text, expected) => {
    expect(normalise('phone', text, US)).toBe(expected);
  });

  test('a number without country code stays text where the region is unknown', () => {
    expect(normalise('phone', ' 213 373 4253', { region: 'XX' })).toBe('213 373 4253');
  });
});

import { describe, expect, test } from 'vitest';
import { parseCrosswalk } from '#shared/reconciliation/crosswalk-csv.ts';
import { HUBSPOT, SHOPIFY } from '#test/support/builders/policies.ts';

const parse = (text: string) => parseCrosswalk(text, [HUBSPOT, SHOPIFY]);
const problemsOf = (text: string) => {
  const parsed = parse(text);
  return parsed.status === 'invalid' ? parsed.problems : [];
};

describe('a crosswalk in CSV', () => {
  test.each([
    ['plain', 'hubspot,shopify\n1,2\n3,4\n'],
    ['without a last line end', 'hubspot,shopify\n1,2\n3,4'],
    ['with the line ends of Windows', 'hubspot,shopify\r\n1,2\r\n3,4\r\n'],
    ['in quotes', '"hubspot","shopify"\n"1","2"\n"3","4"'],
    ['with a byte order mark, spaces and an empty line', '\uFEFFhubspot, shopify\n 1 ,2\n\n3,4\n'],
  ])('is read %s', (_, text) => {
    const parsed = parse(text);

    expect(parsed.status === 'parsed' && parsed.rows.map(({ ids }) => ids)).toEqual([
      { hubspot: '1', shopify: '2' },
      { hubspot: '3', shopify: '4' },
    ]);
  });

  test('keeps ids digit for digit, and may have its columns in any order', () => {
    expect(parse('shopify,hubspot\n9007199254740993,007')).toMatchObject({
      rows: [{ row: 2, ids: { shopify: '9007199254740993', hubspot: '007' } }],
    });
  });

  test.each([
    ['names a system that is none', 'hubspot,sap\n1,2', { row: 1, column: 'sap' }],
    ['names a system twice', 'hubspot,hubspot\n1,2', { row: 1, column: 'hubspot' }],
    ['names one system only', 'hubspot\n1', { row: 1, column: null }],
    ['has no rows', 'hubspot,shopify\n', { row: 1, column: null }],
    ['is empty', '', { row: 1, column: null }],
    ['has a row with too many cells', 'hubspot,shopify\n1,2,3', { row: 2, column: null }],
    ['has a row with one object only', 'hubspot,shopify\n1,', { row: 2, column: null }],
    ['has an id with a space in it', 'hubspot,shopify\n1,2 3', { row: 2, column: 'shopify' }],
    ['names an object twice', 'hubspot,shopify\n1,2\n3,2', { row: 3, column: 'shopify' }],
    ['never closes a quotation mark', 'hubspot,shopify\n1,"2', { row: 2, column: null }],
    ['has a quotation mark within a cell', 'hubspot,shopify\n1,2"3', { row: 2, column: null }],
    ['goes on behind a closing quotation mark', 'hubspot,shopify\n"1"2,3', { row: 2, column: null }],
  ])('that %s is refused, by row and column', (_, text, where) => {
    expect(problemsOf(text)[0]).toMatchObject(where);
  });
});

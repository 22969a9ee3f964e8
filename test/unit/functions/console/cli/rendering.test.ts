import { describe, expect, test } from 'vitest';
import type { ItemAnswer } from '#functions/console/cli/plan-answers.ts';
import { itemLines } from '#functions/console/cli/plan-lines.ts';
import { columns, section, table } from '#functions/console/cli/table.ts';
import { counted, harmless, shown, time, type ToldValue } from '#functions/console/cli/text.ts';

describe('a table', () => {
  test('stands in columns, the last one as long as it is, and no line ends in blanks', () => {
    const lines = table(
      ['id', 'title'],
      [
        ['1', 'a long one'],
        ['22', ''],
      ],
    );

    expect(lines).toEqual(['ID  TITLE', '1   a long one', '22']);
  });

  test('counts signs as a reader does: accents and emojis are one', () => {
    const lines = columns([
      ['Zoe\u0301', 'x'],
      ['Zoé', 'y'],
      ['👩‍👩‍👧', 'z'],
    ]);

    expect(lines).toEqual(['Zoe\u0301  x', 'Zoé  y', '👩‍👩‍👧    z']);
  });

  test('has no title over nothing', () => {
    expect(section('Evidence', [])).toEqual([]);
  });
});

describe('a value', () => {
  const states: readonly (readonly [ToldValue | null | undefined, string])[] = [
    [{ state: 'absent' }, 'not known'],
    [{ state: 'cleared' }, 'empty'],
    [{ state: 'masked' }, 'hidden'],
    [{ state: 'value', value: '' }, '""'],
    [{ state: 'value', value: 'empty' }, '"empty"'],
    [{ state: 'value', value: 'not known' }, '"not known"'],
    [{ state: 'value', value: false }, 'false'],
    [{ state: 'value', value: { amount: '12.30', currency: 'EUR' } }, '{"amount":"12.30","currency":"EUR"}'],
    [undefined, 'not known'],
  ];

  test.each(states)('%j reads as %s, so that no text looks like a state', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  test('is kept from steering the terminal; letters of any language stay as they are', () => {
    expect(harmless('\u001B]0;title\u0007')).toBe('\\u001b]0;title\\u0007');
    expect(harmless('a\u2066b\u061Cc')).toBe('a\\u2066b\\u061cc');
    expect(harmless('Zoë Ångström 東京 👩‍👧')).toBe('Zoë Ångström 東京 👩‍👧');
  });
});

describe('a time', () => {
  test.each([
    ['2026-11-20T10:00:00.999Z', '2026-11-20 10:00:00Z'],
    ['2026-11-20T10:00:00+02:00', '2026-11-20 08:00:00Z'],
    [null, 'never'],
    [undefined, 'never'],
    ['soon', 'soon'],
  ])('%s reads as %s', (given, text) => {
    expect(time(given)).toBe(text);
  });

  test('and a count are told apart from one to many', () => {
    expect([counted(0, 'record'), counted(1, 'record'), counted(2, 'record')]).toEqual([
      '0 records',
      '1 record',
      '2 records',
    ]);
  });
});

describe('an item of a plan', () => {
  const item: ItemAnswer = {
    recordId: 'rec_1',
    title: 'Ana Lima',
    status: 'refused',
    reason: 'preimage_moved',
    runId: 'run_1',
    decisions: [
      {
        kind: 'adopt',
        path: 'phone',
        before: { state: 'value', value: '1' },
        value: { state: 'cleared' },
        system: 'hubspot',
      },
      { kind: 'hold', path: 'note', before: { state: 'absent' }, value: { state: 'absent' }, system: null },
    ],
    operations: [
      {
        system: 'shopify',
        action: 'create',
        nativeId: null,
        fields: [
          {
            path: 'phone',
            from: { state: 'absent' },
            to: { state: 'masked' },
            rule: 'customer: required in shopify',
          },
        ],
      },
    ],
    blocked: [
      { system: 'shopify', path: 'taxExempt', reason: 'not_writable' },
      { system: null, path: null, reason: 'in_flight' },
    ],
  };

  test('says what is decided, what is written where by which rule, and what is not and why', () => {
    expect(itemLines(item).map((line) => line.replaceAll(/ {2,}/g, ' | ').trim())).toEqual([
      'rec_1 | Ana Lima | refused (preimage_moved) | run_1',
      '| adopt from hubspot | phone | "1" -> empty',
      '| hold | note',
      '| create shopify | phone | not known -> hidden | (customer: required in shopify)',
      '| blocked shopify | taxExempt | not writable',
      '| blocked | all of it | in flight',
    ]);
  });

  test('that still waits says nothing of a status', () => {
    const [first] = itemLines({ ...item, status: 'pending', reason: null, runId: null });

    expect(first).toBe('rec_1  Ana Lima');
  });
});

import { describe, expect, test } from 'vitest';
import type { FieldMapping } from '#shared/connectors/connector.ts';
import { replacedValue, storedAt } from '#shared/connectors/hubspot/history.ts';
import { textField } from '#shared/connectors/field-mappings.ts';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';

const email: FieldMapping = textField('email', 'email', '');
const API = 'INTEGRATION';
const PERSON = 'CRM_UI';
const EARLY = '2026-03-02T09:01:00.000Z';
const LATE = '2026-03-02T09:02:00Z';

describe('the value that stood before our write (M5)', () => {
  test('is the entry just before ours', () => {
    const history = [
      { value: 'ours', sourceType: API },
      { value: 'swallowed', sourceType: PERSON },
      { value: 'pre-image', sourceType: PERSON },
    ];

    expect(replacedValue(email, history, valueOf('ours'))).toEqual(valueOf('swallowed'));
  });

  test('is found below edits that came after our write', () => {
    const history = [
      { value: 'later', sourceType: PERSON },
      { value: 'ours', sourceType: API },
      { value: 'pre-image', sourceType: PERSON },
    ];

    expect(replacedValue(email, history, valueOf('ours'))).toEqual(valueOf('pre-image'));
  });

  test('is found when a person later enters the very value that we wrote', () => {
    const history = [
      { value: 'ours', sourceType: PERSON },
      { value: 'between', sourceType: PERSON },
      { value: 'ours', sourceType: API },
      { value: 'pre-image', sourceType: PERSON },
    ];

    expect(replacedValue(email, history, valueOf('ours'))).toEqual(valueOf('pre-image'));
  });

  test('is found although HubSpot stored our value in lower case', () => {
    const history = [{ value: 'ada@example.com', sourceType: API }, { value: 'old@example.com' }];

    expect(replacedValue(email, history, valueOf('Ada@Example.com'))).toEqual(valueOf('old@example.com'));
  });

  test('is "cleared" when ours is the first value or the one before was empty', () => {
    expect(replacedValue(email, [{ value: 'ours' }], valueOf('ours'))).toEqual(CLEARED);
    expect(replacedValue(email, [{ value: 'ours' }, { value: '' }], valueOf('ours'))).toEqual(CLEARED);
    expect(replacedValue(email, [{ value: '' }, { value: 'before' }], CLEARED)).toEqual(valueOf('before'));
  });

  test('is not guessed when no entry is ours or the history may be cut off', () => {
    const long = Array.from({ length: 20 }, (_, index) => ({
      value: index === 19 ? 'ours' : `later ${index}`,
    }));

    expect(replacedValue(email, [], valueOf('ours'))).toBeUndefined();
    expect(replacedValue(email, [{ value: 'other' }], valueOf('ours'))).toBeUndefined();
    expect(replacedValue(email, long, valueOf('ours'))).toBeUndefined();
  });

  test('takes the newest entry through the API for ours when it is not told what was sent', () => {
    const history = [
      { value: 'later', sourceType: PERSON },
      { value: 'a', sourceType: API },
      { value: 'b', sourceType: API },
    ];

    expect(replacedValue(email, history, undefined)).toEqual(valueOf('b'));
    expect(replacedValue(email, [{ value: 'a' }, { value: 'b' }], undefined)).toEqual(valueOf('b'));
    expect(replacedValue(email, [], undefined)).toBeUndefined();
  });
});

describe('the time at which what we sent was last stored', () => {
  const ours = { value: 'ours', sourceType: API };

  test('is that of the newest entry that holds it and came through the API', () => {
    const history = [
      { value: 'later', sourceType: PERSON, timestamp: LATE },
      { ...ours, timestamp: LATE },
      { ...ours, timestamp: EARLY },
    ];

    expect(storedAt(email, history, valueOf('OURS '))).toBe('2026-03-02T09:02:00.000Z');
  });

  test.each([
    ['nobody entered it', [{ value: 'other', sourceType: API, timestamp: EARLY }]],
    ['a person entered it', [{ ...ours, sourceType: PERSON, timestamp: EARLY }]],
    ['the entry has no time', [ours]],
    ['there is no history', []],
  ])('is unknown when %s', (_when, history) => {
    expect(storedAt(email, history, valueOf('ours'))).toBeUndefined();
  });

  test('is that of an emptied field, too', () => {
    const history = [{ value: '', sourceType: API, timestamp: EARLY }, ours];

    expect(storedAt(email, history, CLEARED)).toBe(EARLY);
  });
});

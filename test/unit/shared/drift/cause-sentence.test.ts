import { describe, expect, test } from 'vitest';
import { causeSentence, type CauseFacts } from '#shared/drift/cause-sentence.ts';
import { SUGGESTIONS } from '#shared/drift/explanation.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';

const PHONES: CauseFacts = {
  cause: CauseCode.bothMoved,
  entity: 'customer',
  fields: ['Phone'],
  systems: ['HubSpot', 'Shopify'],
  values: [
    { system: 'HubSpot', value: '+12025550101' },
    { system: 'Shopify', value: '+12025550199' },
  ],
  holdsTrue: '+12025550100',
  sign: { system: 'Shopify', source: 'webhook', at: '2026-03-02T09:05:00.000Z' },
  rule: 'customer.phone: latest(hubspot, shopify)',
  refusals: [],
  candidates: 0,
};

function sentenceOf(differing: Partial<CauseFacts>): string {
  return causeSentence({ ...PHONES, ...differing }).sentence;
}

/** Causes that are said of what is fine, or is being seen to. */
const NO_TROUBLE: readonly CauseCode[] = [
  'equal',
  'move_accepted',
  'ignored_by_policy',
  'not_set',
  'tolerated',
  'unlinked',
];

describe('the sentence of a cause', () => {
  test('says what differs, who changed it when, why no rule settled it, and what to do', () => {
    expect(sentenceOf({})).toBe(
      'Phone: HubSpot says "+12025550101", Shopify says "+12025550199" and "+12025550100" holds true; ' +
        'Shopify was changed at 2026-03-02T09:05:00.000Z, by its own event; each was changed to something else since ' +
        'they last agreed, and no rule may pick one of them; choose which side is right.',
    );
  });

  test('says honestly that nothing explains a change', () => {
    const sentence = sentenceOf({ cause: CauseCode.moveUnexplained, systems: ['Shopify'], sign: null });

    expect(sentence).toContain('the cause is not established');
    expect(sentence).not.toContain('was changed at');
    expect(sentence).not.toContain(', by ');
  });

  test('names fields without their values when they are several, or not to be shown', () => {
    const several = sentenceOf({ fields: ['Phone', 'Note'] });
    const hidden = sentenceOf({ values: [] });

    expect(several).toMatch(/^Phone and Note differ in HubSpot and Shopify; /);
    expect(hidden).toMatch(/^Phone differs in HubSpot and Shopify; /);
    expect(several + hidden).not.toContain('+1202');
  });

  test('tells an empty field from one that says something', () => {
    const values = [{ system: 'HubSpot', value: null }];

    expect(sentenceOf({ values, holdsTrue: 'x' })).toMatch(
      /^Phone: HubSpot says nothing and "x" holds true; /,
    );
  });

  test.each([
    ['vendor_unauthorised', 'permission_denied', 'fix_permission'],
    ['vendor_rate_limited', 'rate_limited', 'wait'],
    ['vendor_rejected', 'validation_rejected', 'fix_mapping'],
    ['exists', 'duplicate_in_source', 'link'],
  ])('of a write refused with %s is about %s and suggests %s', (code, family, suggestion) => {
    const told = causeSentence({ ...PHONES, cause: CauseCode.writeRefused, refusals: [code] });

    expect(told.family).toBe(family);
    expect(told.suggestions[0]).toBe(suggestion);
  });

  test('of an object that a vendor merged names the record of the survivor when there is one', () => {
    const asked = { cause: CauseCode.foreignAnswer, fields: [], systems: ['HubSpot'], sign: null };

    expect(sentenceOf({ ...asked, candidates: 1 })).toContain(
      'link it to the record of the surviving object',
    );
    expect(sentenceOf(asked)).toContain('link it to the surviving object.');
  });

  test.each(Object.values(CauseCode))(
    'of %s is one sentence without gaps, and suggests what there is',
    (cause) => {
      const { code, sentence, suggestions, family } = causeSentence({ ...PHONES, cause });

      expect(code).toBe(cause);
      expect(sentence).toMatch(/^[A-Z].*[^.]\.$/);
      expect(sentence).not.toMatch(/undefined|null|\s{2}|; ;|\bin {2}/);
      expect(sentence.slice(0, -1)).not.toContain('. ');
      for (const suggestion of suggestions) expect(SUGGESTIONS).toContain(suggestion);
      if (NO_TROUBLE.includes(cause)) expect(suggestions).toEqual([]);
      else expect(suggestions.length).toBeGreaterThan(0);
      if (suggestions.length > 0 && cause !== CauseCode.inFlight) expect(family).not.toBeNull();
    },
  );

  test('differs from cause to cause', () => {
    const sentences = Object.values(CauseCode).map((cause) => sentenceOf({ cause }));

    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

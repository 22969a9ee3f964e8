import { describe, expect, test } from 'vitest';
import { NO_LIFECYCLE } from '#shared/authority/lifecycle.ts';
import { comparePresence, presencePath } from '#shared/drift/presence.ts';
import { NativeId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { aPolicy, HUBSPOT, NETSUITE, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aKey, aLink, aRecord, aRepresentation, RUN_ID } from '#test/support/builders/records.ts';

const policy = aPolicy([], { presence: { [HUBSPOT]: 'required', [NETSUITE]: 'optional' } });

const NOTHING_KNOWN = { lifecycle: NO_LIFECYCLE, valueAt: () => undefined };

/** Shopify holds the record and says a natural key of it. */
const KNOWN: Partial<RecordDocument> = {
  links: { [SHOPIFY]: aLink() },
  representations: { [SHOPIFY]: aRepresentation({}, { keys: [aKey('ada@example.com')] }) },
};

function standOf(system: typeof HUBSPOT, record: Partial<RecordDocument>) {
  const verdicts = new Map(comparePresence(policy, aRecord(record), NOTHING_KNOWN));
  const verdict = verdicts.get(presencePath(system));
  return [verdict?.verdict, verdict?.cause];
}

describe('whether a system holds the record', () => {
  test.each<[string, Partial<RecordDocument>, readonly string[]]>([
    [
      'linked and read: in sync',
      { links: { [HUBSPOT]: aLink() }, representations: { [HUBSPOT]: aRepresentation({}) } },
      ['in_sync', 'equal'],
    ],
    ['never linked: missing, to be created', KNOWN, ['missing', 'not_created_yet']],
    [
      'never linked, but a run is creating it: missing, and says so',
      { ...KNOWN, writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: HUBSPOT, path: PHONE }] } } },
      ['missing', 'in_flight'],
    ],
    [
      'never linked, and a run is writing elsewhere: missing, to be created',
      { ...KNOWN, writeSets: { [RUN_ID]: { epoch: 1, targets: [{ system: NETSUITE, path: PHONE }] } } },
      ['missing', 'not_created_yet'],
    ],
    ['never linked and nothing identifies it: missing, and says why', {}, ['missing', 'no_natural_key']],
    [
      'linked but never read: undetermined',
      { links: { [HUBSPOT]: aLink() } },
      ['undetermined', 'unreadable'],
    ],
    [
      'gone by a read by id: missing, and says so',
      { links: { [HUBSPOT]: aLink({ state: 'gone' }) }, representations: { [HUBSPOT]: aRepresentation({}) } },
      ['missing', 'gone'],
    ],
    [
      'answered under another id: undetermined, for it was merged there',
      {
        links: { [HUBSPOT]: aLink({ state: 'foreign' }) },
        representations: { [HUBSPOT]: aRepresentation({}) },
      },
      ['undetermined', 'foreign_answer'],
    ],
  ])('%s', (_title, record, expected) => {
    expect(standOf(HUBSPOT, record)).toEqual(expected);
  });

  test('a system that need not hold it is excluded while it does not', () => {
    expect(standOf(NETSUITE, {})).toEqual(['excluded', 'ignored_by_policy']);
  });

  test('a system that need not hold it may lose it', () => {
    expect(standOf(NETSUITE, { links: { [NETSUITE]: aLink({ state: 'gone' }) } })).toEqual([
      'excluded',
      'gone',
    ]);
  });

  test('a system that need not hold it is judged like any other once it does', () => {
    const link = aLink({ nativeId: NativeId('9') });

    expect(
      standOf(NETSUITE, {
        links: { [NETSUITE]: link },
        representations: { [NETSUITE]: aRepresentation({}) },
      }),
    ).toEqual(['in_sync', 'equal']);
  });

  test('a system that policy does not name is not judged', () => {
    const record = aRecord({ links: { [SHOPIFY]: aLink() } });

    expect(new Map(comparePresence(policy, record, NOTHING_KNOWN)).has(presencePath(SHOPIFY))).toBe(false);
  });

  test('each verdict names the rule it follows', () => {
    expect(comparePresence(policy, aRecord(), NOTHING_KNOWN).map(([, verdict]) => verdict.rule)).toEqual([
      'customer: required in hubspot',
      'customer: optional in netsuite',
    ]);
  });
});

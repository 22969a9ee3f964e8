import { describe, expect, test } from 'vitest';
import { findingIn, tracked, type Finding, type Tracking } from '#shared/drift/discrepancy.ts';
import { OCCURRENCES_KEPT, type Discrepancy } from '#shared/model/discrepancy.ts';
import { FieldPath } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { FieldVerdict, RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import { HUBSPOT, PHONE, PROFILE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecordOf, minute, RECORD_ID } from '#test/support/builders/records.ts';
import { steady } from '#test/support/builders/worlds.ts';

const NOTE = FieldPath('note');
const NO_EVIDENCE = { signs: {}, candidates: [], survivors: {}, refusals: {} };
const CHECK = { kind: 'check', id: null } as const;

function verdict(of: Verdict, cause: CauseCode): FieldVerdict {
  return { verdict: of, cause, systems: [SHOPIFY], rule: 'customer.phone: owner(hubspot)' };
}

/** A record whose profile stands as the fields say. */
function standing(fields: Readonly<Record<FieldPath, FieldVerdict>>, phone = 'a'): RecordDocument {
  const [{ verdict: worst, cause } = verdict(Verdict.inSync, CauseCode.equal)] = Object.values(fields);
  return aRecordOf(
    PHONE,
    'a',
    { [HUBSPOT]: steady('a'), [SHOPIFY]: steady(phone) },
    {
      verdicts: { [PROFILE]: { verdict: worst, cause, fields, verifiedAt: minute(10) } },
    },
  );
}

const conflict = verdict(Verdict.hardConflict, CauseCode.bothMoved);
const behind = verdict(Verdict.softDrift, CauseCode.askMode);
const inFlight = verdict(Verdict.softDrift, CauseCode.inFlight);
const awaiting = verdict(Verdict.softDrift, CauseCode.awaitingEvidence);
const equal = verdict(Verdict.inSync, CauseCode.equal);

function after(
  existing: Discrepancy | undefined,
  fields: Readonly<Record<FieldPath, FieldVerdict>>,
  at: Instant = minute(11),
  differing: Partial<Tracking> & { readonly phone?: string } = {},
): Discrepancy | null {
  const { phone, ...tracking } = differing;
  const finding = findingIn(standing(fields, phone), PROFILE);
  const record = { id: RECORD_ID, type: standing({}).type };
  return tracked(existing, {
    record,
    dimension: PROFILE,
    finding,
    evidence: NO_EVIDENCE,
    prompt: CHECK,
    at,
    ...tracking,
  });
}

function open(fields: Readonly<Record<FieldPath, FieldVerdict>> = { [PHONE]: behind }): Discrepancy {
  const found = after(undefined, fields, minute(10), { phone: 'b' });
  if (found === null) throw new Error('Nothing was found.');
  return found;
}

function acknowledged(discrepancy: Discrepancy): Discrepancy {
  const { differenceHash } = discrepancy;
  const acknowledgement = { by: 'olga', at: minute(10), reason: null, differenceHash };
  return { ...discrepancy, status: 'acknowledged', acknowledgement };
}

function suppressed(discrepancy: Discrepancy, until: Instant): Discrepancy {
  const { severity } = discrepancy;
  const suppression = { by: 'olga', at: minute(10), until, reason: 'next week', severity };
  return { ...discrepancy, status: 'suppressed', isOpen: false, suppression };
}

describe('a discrepancy opens', () => {
  test.each([
    ['a hard conflict', conflict, 4],
    ['a missing representation', verdict(Verdict.missing, CauseCode.notCreatedYet), 3],
    ['a drift that waits for somebody', behind, 2],
    ['what cannot be told', verdict(Verdict.undetermined, CauseCode.unreadable), 1],
  ])('for %s, with what differs and how bad it is', (_, found, severity) => {
    const discrepancy = after(undefined, { [PHONE]: found }, minute(11), { phone: 'b' });

    expect(discrepancy).toMatchObject({
      status: 'open',
      isOpen: true,
      class: found.verdict,
      cause: found.cause,
      severity,
      occurrenceCount: 1,
      firstSeenAt: minute(11),
      fields: {
        phone: {
          values: {
            hubspot: { state: 'value', value: 'a' },
            shopify: { state: 'value', value: 'b' },
          },
          golden: { state: 'value', value: 'a' },
        },
      },
    });
  });

  test.each([
    ['is in sync', equal],
    ['is excluded', verdict(Verdict.excluded, CauseCode.tolerated)],
    ['was never compared', verdict(Verdict.unchecked, CauseCode.neverCompared)],
    ['is being written', inFlight],
    ['is being created', verdict(Verdict.missing, CauseCode.inFlight)],
    ['may still be explained', awaiting],
  ])('NOT for what %s', (_, found) => {
    expect(after(undefined, { [PHONE]: found })).toBeNull();
  });

  test('for the one field at odds, not for the one beside it that is under way', () => {
    const discrepancy = after(undefined, { [PHONE]: inFlight, [NOTE]: behind });

    expect(discrepancy).toMatchObject({ cause: 'ask_mode', class: 'soft_drift' });
    expect(Object.keys(discrepancy?.fields ?? {})).toEqual(['note']);
  });

  test('under the worst of its fields, whichever comes first', () => {
    const discrepancy = after(undefined, { [NOTE]: behind, [PHONE]: conflict });

    expect(discrepancy).toMatchObject({ class: 'hard_conflict', cause: 'both_moved', severity: 4 });
    expect(discrepancy?.groupKey).toBe('both_moved:customer:phone:shopify');
  });
});

describe('an open discrepancy', () => {
  test('is resolved by a comparison that finds nothing, which says what prompted it', () => {
    const prompt = { kind: 'run', id: 'run_1' } as const;

    const resolved = after(open(), { [PHONE]: equal }, minute(20), { prompt });

    expect(resolved).toMatchObject({
      status: 'resolved',
      isOpen: false,
      resolvedAt: minute(20),
      resolvedBy: prompt,
      occurrences: [{ openedAt: minute(10), closedAt: minute(20), closedBy: prompt }],
    });
  });

  test('is not written again for a comparison that finds the same, but for once an hour', () => {
    const again = after(open(), { [PHONE]: behind }, minute(11), { phone: 'b' });
    const later = after(open(), { [PHONE]: behind }, minute(71), { phone: 'b' });

    expect(again).toBeNull();
    expect(later).toMatchObject({ status: 'open', lastSeenAt: minute(71), openedAt: minute(10) });
  });

  test('is in progress while what settles it is under way, and open again when that came to nothing', () => {
    const underWay = after(open(), { [PHONE]: inFlight }, minute(11), { phone: 'b' });
    const failed = after(underWay ?? undefined, { [PHONE]: behind }, minute(12), { phone: 'b' });

    expect(underWay).toMatchObject({ status: 'in_progress', isOpen: true, cause: 'ask_mode' });
    expect(failed).toMatchObject({ status: 'open', occurrenceCount: 1 });
  });

  test('that is resolved comes back as the same one, counted', () => {
    const resolved = after(open(), { [PHONE]: equal }, minute(20)) ?? undefined;

    const back = after(resolved, { [PHONE]: conflict }, minute(30));

    expect(back).toMatchObject({
      status: 'open',
      occurrenceCount: 2,
      firstSeenAt: minute(10),
      openedAt: minute(30),
      resolvedAt: null,
      resolvedBy: null,
      occurrences: [{ closedAt: minute(20) }, { openedAt: minute(30), closedAt: null }],
    });
  });

  test('keeps the last of many occurrences, and the count of all', () => {
    let current: Discrepancy | undefined;
    for (let round = 0; round <= OCCURRENCES_KEPT; round += 1) {
      current = after(current, { [PHONE]: conflict }) ?? undefined;
      current = after(current, { [PHONE]: equal }) ?? undefined;
    }

    expect(current?.occurrences).toHaveLength(OCCURRENCES_KEPT);
    expect(current?.occurrenceCount).toBe(OCCURRENCES_KEPT + 1);
  });
});

describe('what people said of a discrepancy', () => {
  test('survives comparisons while the difference is the same', () => {
    const again = after(acknowledged(open()), { [PHONE]: behind }, minute(71), { phone: 'b' });

    expect(again).toMatchObject({ status: 'acknowledged', isOpen: true });
  });

  test('survives a write that came to nothing', () => {
    const underWay = after(acknowledged(open()), { [PHONE]: inFlight }) ?? undefined;

    const failed = after(underWay, { [PHONE]: behind }, minute(12), { phone: 'b' });

    expect(underWay?.status).toBe('in_progress');
    expect(failed?.status).toBe('acknowledged');
  });

  test.each([
    ['another value', { [PHONE]: behind }, 'c'],
    ['another cause', { [PHONE]: verdict(Verdict.softDrift, CauseCode.ruleAsks) }, 'b'],
    ['another field beside', { [PHONE]: behind, [NOTE]: behind }, 'b'],
  ])('does NOT hold for %s', (_, fields, phone) => {
    const changed = after(acknowledged(open()), fields, minute(12), { phone });

    expect(changed).toMatchObject({ status: 'open', occurrenceCount: 1 });
  });

  test('hides it until its time, and not a moment longer', () => {
    const hidden = suppressed(open(), minute(80));

    const during = after(hidden, { [PHONE]: behind }, minute(79), { phone: 'c' });
    const atItsTime = after(hidden, { [PHONE]: behind }, minute(80), { phone: 'b' });

    expect(during).toMatchObject({ status: 'suppressed', isOpen: false });
    expect(atItsTime).toMatchObject({ status: 'open', isOpen: true });
  });

  test('does NOT hide what has become worse', () => {
    const worse = after(suppressed(open(), minute(80)), { [PHONE]: conflict }, minute(12), { phone: 'b' });

    expect(worse).toMatchObject({ status: 'open', isOpen: true, severity: 4 });
  });

  test('is over when it is resolved: a recurrence asks for attention anew', () => {
    const resolved = after(suppressed(open(), minute(80)), { [PHONE]: equal }, minute(12)) ?? undefined;

    const back = after(resolved, { [PHONE]: behind }, minute(13), { phone: 'b' });

    expect(resolved).toMatchObject({ suppression: null, acknowledgement: null });
    expect(back).toMatchObject({ status: 'open' });
  });
});

test('a finding without anything at odds has no fields to show, so it is not one', () => {
  const findings: readonly (Finding | null)[] = [
    findingIn(standing({ [PHONE]: equal }), PROFILE),
    findingIn(standing({}), PROFILE),
  ];

  expect(findings).toEqual([null, null]);
});

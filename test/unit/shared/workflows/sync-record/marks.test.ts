import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONCORD } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { LANES } from '#shared/model/vocabulary.ts';
import { EVIDENCE_KEPT, SERVED_KEPT, type WorkDocument } from '#shared/model/work.ts';
import {
  addMark,
  dueSystems,
  settleMarks,
  type Hint,
  type MarkOutcome,
} from '#shared/workflows/sync-record/marks.ts';
import { HUBSPOT, NETSUITE, SHOPIFY } from '#test/support/builders/policies.ts';
import { minute } from '#test/support/builders/records.ts';
import { aHint, aMark, anEvidence, aWork, NOW } from '#test/support/builders/work.ts';

const RESOLUTION_MS = 1_000;

function add(work: WorkDocument, hint: Hint, now = NOW) {
  return addMark(work, hint, RESOLUTION_MS, now);
}

const owing = add(aWork(), aHint()).work;

describe('an event leaves a debt', () => {
  test('that is due at once, and needs a task', () => {
    const marked = add(aWork(), aHint({ evidence: [anEvidence()] }));

    expect(marked).toMatchObject({ isRewritten: true, needsTask: true });
    expect(marked.work.marks[HUBSPOT]).toEqual(aMark({ evidence: [anEvidence()] }));
    expect(marked.work).toMatchObject({ wakeAt: NOW, wakeSeq: 1, seqs: { [HUBSPOT]: 1 } });
  });

  test.each([
    ['of the same time', minute(5)],
    ['later', minute(6)],
    ['older by no more than the vendor\u2019s clock can tell', toInstant(Date.UTC(2026, 2, 2, 9, 4, 59))],
    ['without any time', null],
  ])('and one %s rewrites it, with a fresh name for the task', (_when, vendorTime) => {
    const marked = add(owing, aHint({ vendorTime }));

    expect(marked.isRewritten).toBe(true);
    expect(marked.work.marks[HUBSPOT]?.seq).toBe(2);
    expect(marked.work.wakeSeq).toBe(2);
  });

  test('but one that is clearly older only adds what it knows', () => {
    const old = aHint({ vendorTime: minute(4), evidence: [anEvidence({ eventKey: 'old', at: minute(4) })] });

    const marked = add(owing, old);

    expect(marked).toMatchObject({ isRewritten: false, needsTask: false });
    expect(marked.work.marks[HUBSPOT]).toMatchObject({ seq: 1, vendorTime: minute(5) });
    expect(marked.work.marks[HUBSPOT]?.evidence.map((one) => one.eventKey)).toEqual(['old']);
    expect(marked.work.wakeSeq).toBe(1);
  });

  test('and an older one that is more urgent makes it so', () => {
    const marked = add(owing, aHint({ vendorTime: minute(4), lane: 'operator' }));

    expect(marked).toMatchObject({ isRewritten: true, needsTask: true });
    expect(marked.work.marks[HUBSPOT]).toMatchObject({ seq: 2, vendorTime: minute(5), lane: 'operator' });
  });

  test('and the more urgent lane is kept', () => {
    expect(add(owing, aHint({ lane: 'operator' })).work.marks[HUBSPOT]?.lane).toBe('operator');
    expect(add(owing, aHint({ lane: 'background' })).work.marks[HUBSPOT]?.lane).toBe('live');
  });

  test.each([
    ['of the same lane', 'live', false],
    ['of a less urgent lane', 'background', false],
    ['of a more urgent lane', 'operator', true],
  ] as const)('and one %s after it enqueues: %s %s', (_title, lane, needsTask) => {
    expect(add(owing, aHint({ lane })).needsTask).toBe(needsTask);
    expect(add(owing, aHint({ lane, system: SHOPIFY })).needsTask).toBe(needsTask);
  });

  test('and enqueues although another system\u2019s debt is only due later', () => {
    const later = aWork({ marks: { [SHOPIFY]: aMark({ notBefore: NOW + 60_000 }) }, wakeAt: NOW + 60_000 });

    const marked = add(later, aHint());

    expect(marked.needsTask).toBe(true);
    expect(marked.work.wakeAt).toBe(NOW);
  });

  test('and a system that is left alone for a while is not bothered earlier', () => {
    const waiting = aWork({ marks: { [HUBSPOT]: aMark({ notBefore: NOW + 60_000, attempts: 3 }) } });

    const { work } = add(waiting, aHint({ vendorTime: minute(9) }));

    expect(work.marks[HUBSPOT]).toMatchObject({ notBefore: NOW + 60_000, vendorTime: minute(9) });
    expect(dueSystems(work, NOW)).toEqual([]);
  });

  test('but a comparison that was put off is due at once, and needs a task', () => {
    const waiting = aWork({
      marks: { [CONCORD]: aMark({ notBefore: NOW + 60_000, attempts: 3 }) },
      wakeAt: NOW + 60_000,
    });

    const marked = add(waiting, aHint({ system: CONCORD }));

    expect(marked.needsTask).toBe(true);
    expect(marked.work).toMatchObject({ wakeAt: NOW, marks: { [CONCORD]: { notBefore: NOW, attempts: 3 } } });
  });

  test('and the same event twice is one piece of evidence', () => {
    const hint = aHint({ evidence: [anEvidence()] });

    expect(add(add(aWork(), hint).work, hint).work.marks[HUBSPOT]?.evidence).toEqual([anEvidence()]);
  });

  test('and evidence that no longer fits is folded, so that no field\u2019s sign is lost', () => {
    const events = Array.from({ length: EVIDENCE_KEPT + 5 }, (_, index) =>
      anEvidence({ eventKey: `event-${index}`, fields: [`field-${index}`], at: minute(index) }),
    );

    const work = events.reduce((owed, one) => add(owed, aHint({ evidence: [one] })).work, aWork());

    const kept = work.marks[HUBSPOT]?.evidence ?? [];
    expect(kept).toHaveLength(EVIDENCE_KEPT);
    expect(kept.map((one) => one.eventKey)).toEqual([null, ...events.slice(6).map((one) => one.eventKey)]);
    expect(kept.at(-1)).toEqual(events.at(-1));
    expect(kept.flatMap((one) => one.fields)).toEqual(events.flatMap((one) => one.fields));
  });

  test('and folding a birth with an edit keeps the edit: the birth explains no later change (M9)', () => {
    const edits = Array.from({ length: EVIDENCE_KEPT }, (_, index) =>
      anEvidence({ eventKey: `event-${index}`, fields: ['phone'], at: minute(index + 1) }),
    );
    const birth = anEvidence({ source: 'created', eventKey: 'birth', at: minute(0) });

    for (const events of [
      [birth, ...edits],
      [...edits.slice(0, 1), birth, ...edits.slice(1)],
    ]) {
      const work = events.reduce((owed, one) => add(owed, aHint({ evidence: [one] })).work, aWork());

      expect(work.marks[HUBSPOT]?.evidence).toEqual(edits);
    }
  });

  test('and folding evidence of an unknown time keeps it unknown: such a sign always counts (M1)', () => {
    const events = Array.from({ length: EVIDENCE_KEPT + 1 }, (_, index) =>
      anEvidence({
        eventKey: `event-${index}`,
        fields: [`field-${index}`],
        at: index === 0 ? null : minute(1),
      }),
    );

    const work = events.reduce((owed, one) => add(owed, aHint({ evidence: [one] })).work, aWork());

    expect(work.marks[HUBSPOT]?.evidence[0]).toMatchObject({ at: null, fields: ['field-0', 'field-1'] });
  });

  test('and folding evidence about the whole record keeps speaking of the whole record', () => {
    const events = Array.from({ length: EVIDENCE_KEPT + 1 }, (_, index) =>
      anEvidence({ eventKey: `event-${index}`, fields: index === 0 ? null : ['phone'] }),
    );

    const work = events.reduce((owed, one) => add(owed, aHint({ evidence: [one] })).work, aWork());

    expect(work.marks[HUBSPOT]?.evidence[0]?.fields).toBeNull();
  });
});

describe('a pass', () => {
  const served = (seq: number): MarkOutcome => ({ kind: 'served', seq, reason: 'no_change' });
  const kept = (seq: number): MarkOutcome => ({
    kind: 'kept',
    seq,
    reason: 'unreadable',
    notBefore: NOW + 30_000,
  });

  test('takes a debt away and says what became of it', () => {
    const work = settleMarks(owing, new Map([[HUBSPOT, served(1)]]), NOW);

    expect(work.marks).toEqual({});
    expect(work).toMatchObject({ wakeAt: null, wakeSeq: 1 });
    expect(work.served).toEqual([{ system: HUBSPOT, seq: 1, at: toInstant(NOW), reason: 'no_change' }]);
  });

  test('leaves a debt that was renewed while the vendor was asked: it is due at once', () => {
    const renewed = add(owing, aHint({ vendorTime: minute(6) })).work;

    const work = settleMarks(renewed, new Map([[HUBSPOT, served(1)]]), NOW + 1_000);

    expect(work.marks[HUBSPOT]).toMatchObject({ seq: 2, notBefore: NOW + 1_000 });
    expect(work).toMatchObject({ wakeAt: NOW + 1_000, wakeSeq: renewed.wakeSeq + 1 });
  });

  test('keeps the debt of a system that could not be read, with its own time, and serves the others', () => {
    const both = add(owing, aHint({ system: SHOPIFY })).work;

    const work = settleMarks(
      both,
      new Map([
        [HUBSPOT, kept(1)],
        [SHOPIFY, served(1)],
      ]),
      NOW,
    );

    expect(Object.keys(work.marks)).toEqual([HUBSPOT]);
    expect(work.marks[HUBSPOT]).toMatchObject({ attempts: 1, notBefore: NOW + 30_000 });
    expect(work).toMatchObject({ wakeAt: NOW + 30_000, wakeSeq: both.wakeSeq + 1, redrives: 0 });
    expect(work.served.map((one) => one.reason)).toEqual(['unreadable', 'no_change']);
  });

  test('leaves debts that it did not look at', () => {
    const both = add(owing, aHint({ system: SHOPIFY })).work;

    const work = settleMarks(both, new Map([[HUBSPOT, served(1)]]), NOW);

    expect(work.marks[SHOPIFY]).toEqual(both.marks[SHOPIFY]);
    expect(work.wakeAt).toBe(NOW);
  });

  test('starts counting failures anew once a system was read', () => {
    const tried = aWork({ marks: { [HUBSPOT]: aMark({ seq: 2, attempts: 5, notBefore: NOW }) } });

    expect(settleMarks(tried, new Map([[HUBSPOT, served(1)]]), NOW).marks[HUBSPOT]?.attempts).toBe(0);
  });

  test('remembers the last marks it served, and no more', () => {
    let work = aWork();
    for (let round = 1; round <= SERVED_KEPT + 5; round += 1) {
      work = settleMarks(add(work, aHint()).work, new Map([[HUBSPOT, served(round)]]), NOW);
    }

    expect(work.served.map((one) => one.seq)).toEqual(
      Array.from({ length: SERVED_KEPT }, (_, index) => index + 6),
    );
  });

  test('never numbers a debt like one that was served before', () => {
    const again = add(settleMarks(owing, new Map([[HUBSPOT, served(1)]]), NOW), aHint()).work;

    expect(again.marks[HUBSPOT]?.seq).toBe(2);
  });
});

describe('whatever comes, in whatever order and however often', () => {
  const systems = fc.constantFrom(HUBSPOT, SHOPIFY, NETSUITE);
  const hints: fc.Arbitrary<Hint> = fc.record({
    system: systems,
    vendorTime: fc.option(fc.integer({ min: 0, max: 9 }).map(minute)),
    lane: fc.constantFrom(...LANES),
    evidence: fc
      .array(fc.integer({ min: 0, max: 5 }), { maxLength: 1 })
      .map((keys) => keys.map((key) => anEvidence({ eventKey: `event-${key}` }))),
  });
  const apply = (list: readonly Hint[], from = aWork()) =>
    list.reduce((work, hint) => add(work, hint).work, from);

  test('the same systems are owed, with the same latest vendor time and the same evidence', () => {
    const deliveries = fc
      .array(hints, { minLength: 1, maxLength: 8 })
      .chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 })),
      );

    fc.assert(
      fc.property(deliveries, ([list, shuffled]) => {
        const once = apply(list);
        const often = apply(shuffled);

        const factsOf = (work: WorkDocument) =>
          Object.entries(work.marks)
            .map(([system, mark]) => ({
              system,
              vendorTime: mark.vendorTime,
              keys: mark.evidence.map((one) => one.eventKey).toSorted(),
            }))
            .toSorted((a, b) => (a.system < b.system ? -1 : 1));
        expect(factsOf(often)).toEqual(factsOf(once));
      }),
    );
  });

  test('no number ever falls, no task name is used twice, and a debt is never without a time', () => {
    const acts = fc.array(
      fc.oneof(
        hints.map((hint) => ({ hint })),
        fc.record({
          system: systems,
          seq: fc.integer({ min: 0, max: 8 }),
          isKept: fc.boolean(),
        }),
      ),
      { maxLength: 30 },
    );

    fc.assert(
      fc.property(acts, (list) => {
        let work = aWork();
        for (const [index, act] of list.entries()) {
          const now = NOW + index;
          const before = work;
          work =
            'hint' in act
              ? add(work, act.hint, now).work
              : settleMarks(
                  work,
                  new Map([
                    [
                      act.system,
                      act.isKept
                        ? { kind: 'kept', seq: act.seq, reason: 'unreadable', notBefore: now + 10 }
                        : { kind: 'served', seq: act.seq, reason: 'no_change' },
                    ],
                  ]),
                  now,
                );
          for (const system of [HUBSPOT, SHOPIFY, NETSUITE]) {
            expect(work.seqs[system] ?? 0).toBeGreaterThanOrEqual(before.seqs[system] ?? 0);
            const mark = before.marks[system];
            const isTaken = mark !== undefined && work.marks[system] === undefined;
            if (isTaken) expect(act).toMatchObject({ system, seq: mark.seq, isKept: false });
          }
          expect(work.wakeSeq).toBeGreaterThanOrEqual(before.wakeSeq);
          expect(work.wakeAt === null).toBe(Object.keys(work.marks).length === 0);
        }
      }),
    );
  });
});

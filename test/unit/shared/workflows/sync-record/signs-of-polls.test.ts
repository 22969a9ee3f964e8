import { describe, expect, test } from 'vitest';
import type { Evidence } from '#shared/model/evidence.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import type { OwnWrite } from '#shared/model/work.ts';
import { signsOf, withOwnWrite } from '#shared/workflows/sync-record/signs.ts';
import { HUBSPOT, PHONE } from '#test/support/builders/policies.ts';
import { minute, RUN_ID } from '#test/support/builders/records.ts';
import { aMark, anEvidence, aWork } from '#test/support/builders/work.ts';

const SECOND_MS = 1_000;
const written: OwnWrite = { runId: RUN_ID, at: minute(5), paths: [PHONE], echoKey: null };
const later = toInstant(toEpochMs(minute(5)) + SECOND_MS);
const polled = anEvidence({ source: 'poll', at: minute(5), fields: null, eventKey: 'polled' });
const told = anEvidence({ source: 'webhook', at: minute(5), fields: null, eventKey: 'told' });

function signsIn(...evidence: readonly Evidence[]) {
  const work = aWork({
    marks: { [HUBSPOT]: aMark({ evidence }) },
    ownWrites: { [HUBSPOT]: [written] },
  });
  return signsOf(work, HUBSPOT, undefined, SECOND_MS);
}

describe('a poll that lists an object at the tick of our own write (M9)', () => {
  test.each([
    ['before the echo', [polled, told]],
    ['after the echo', [told, polled]],
  ])('%s explains nothing and does not take its place', (_when, evidence) => {
    const { signs, ownWrites } = signsIn(...evidence);

    expect(signs.map(({ isEcho }) => isEcho)).toEqual([true, true]);
    expect(ownWrites).toEqual([{ ...written, echoKey: 'told' }]);
  });

  test('does NOT make a second event at that tick an echo', () => {
    const other = anEvidence({ ...told, eventKey: 'other' });

    const { signs } = signsIn(polled, told, other);

    expect(signs.map(({ isEcho }) => isEcho)).toEqual([true, true, false]);
  });

  test('is not taken for the echo when the write is settled only later', () => {
    const work = aWork({ deferred: { [HUBSPOT]: [polled, told] } });

    const noted = withOwnWrite(work, HUBSPOT, written, undefined, SECOND_MS);

    expect(noted.ownWrites[HUBSPOT]).toEqual([{ ...written, echoKey: 'told' }]);
  });
});

test('a poll that lists an object at any other tick explains what has changed', () => {
  const { signs } = signsIn(anEvidence({ ...polled, at: later }));

  expect(signs.map(({ isEcho }) => isEcho)).toEqual([false]);
});

test('what a poll was folded into with other evidence is nobody\u2019s trace', () => {
  const { signs } = signsIn(anEvidence({ ...polled, eventKey: null }));

  expect(signs.map(({ isEcho }) => isEcho)).toEqual([false]);
});

import { expect, test } from 'vitest';
import { eventRef } from '#shared/model/intake-documents.ts';
import { toInstant } from '#shared/model/instant.ts';
import { storeUnhandled } from '#shared/workflows/intake/store-unhandled.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { HUBSPOT } from '#test/support/builders/policies.ts';
import { NOW } from '#test/support/builders/work.ts';

const note = {
  system: 'hubspot',
  dedupeKey: 'event-1',
  topic: 'ticket.creation',
  reason: 'unknown_topic',
} as const;

test('an event that nobody handles is noted with the reason, and leaves no debt', async () => {
  const context = aContext();

  expect(await storeUnhandled(context.ports, note)).toBe(true);

  expect((await context.store.get(eventRef(HUBSPOT, 'event-1')))?.value).toMatchObject({
    reason: 'unknown_topic',
    topic: 'ticket.creation',
    receivedAt: toInstant(NOW),
    recordId: null,
    markSeq: null,
  });
});

test('an event that nobody handles is noted once', async () => {
  const context = aContext();
  await storeUnhandled(context.ports, note);

  expect(await storeUnhandled(context.ports, note)).toBe(false);
});

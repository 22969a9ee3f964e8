import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '#shared/runtime/entry.ts';
import {
  errorLines,
  expectAgreement,
  lastWrites,
  linkedCustomer,
  onlyRecord,
  writesSince,
} from '#test/support/customers.ts';
import { createWorld, type World } from '#test/support/mesh-world.ts';

/** One thing that somebody does to the same customer, somewhere. */
type Act =
  | { readonly system: 'hubspot'; readonly field: 'phone' | 'firstname' | 'lastname'; readonly value: number }
  | { readonly system: 'shopify'; readonly field: 'phone' | 'note'; readonly value: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    system: fc.constant('hubspot' as const),
    field: fc.constantFrom('phone' as const, 'firstname' as const, 'lastname' as const),
    value: fc.integer({ min: 10, max: 19 }),
  }),
  fc.record({
    system: fc.constant('shopify' as const),
    field: fc.constantFrom('phone' as const, 'note' as const),
    value: fc.integer({ min: 10, max: 19 }),
  }),
);

async function perform(
  world: World,
  ids: { contactId: string; customerId: string },
  one: Act,
): Promise<void> {
  const value = one.field === 'phone' ? `+120255501${one.value}` : `value ${one.value}`;
  if (one.system === 'hubspot')
    await world.hubspot.control.edit('contacts', ids.contactId, { [one.field]: value });
  else await world.shopify.control.edit('customers', ids.customerId, { [one.field]: value });
}

/** People act in the middle of what the mesh is doing: time moves for both. */
async function performAll(
  world: World,
  ids: { contactId: string; customerId: string },
  acts: readonly Act[],
  pauses: readonly number[],
): Promise<void> {
  for (const [index, one] of acts.entries()) {
    const pauseMs = pauses[index] ?? 0;
    if (pauseMs > 0) await world.clock.elapse(pauseMs);
    await perform(world, ids, one);
  }
}

test('people who edit while deliveries are late, mixed up and repeated are carried all the same (M4)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(0, 0.5, 1),
      fc.array(fc.constantFrom(0, 60, 250, 1_500), { minLength: 6, maxLength: 6 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      async (acts, chaos, pauses, seed) => {
        const world = await createWorld({ seed, latencyMs: [5, 400] });
        const ids = await linkedCustomer(world);
        for (const side of [world.hubspot, world.shopify]) {
          if (chaos === 0) continue;
          await side.control.fault({ kind: 'duplicate-webhook', rate: chaos });
          await side.control.fault({ kind: 'reorder-webhook', rate: chaos, ms: 700 });
          await side.control.fault({ kind: 'stale-webhook', rate: chaos / 2, ms: 20_000 });
        }

        const story = performAll(world, ids, acts, pauses);
        await world.settle();
        await story;

        const record = await onlyRecord(world);
        const isConflict = Object.values(record.verdicts).some((one) => one.verdict === 'hard_conflict');
        // Phones edited on both sides may end as a conflict that waits for a person; all else must agree.
        if (!isConflict) await expectAgreement(world);
        else
          expect(acts.filter((one) => one.field === 'phone').map((one) => one.system)).toContain('hubspot');
        expect((await world.work()).filter((work) => work.wakeAt !== null)).toEqual([]);
        expect(record.writeSets).toEqual({});
        expect(errorLines(world)).toEqual([]);

        const before = await lastWrites(world);
        await world.settle();
        expect(await writesSince(world, before)).toEqual({ hubspot: [], shopify: [] });
        await world.close();
      },
    ),
    { numRuns: 60 },
  );
});

/** What people do to one customer while the mesh hears nothing of it. */
const STORIES: Readonly<Record<string, readonly Act[]>> = {
  'that rules settle': [
    { system: 'hubspot', field: 'phone', value: 11 },
    { system: 'shopify', field: 'note', value: 11 },
    { system: 'hubspot', field: 'phone', value: 12 },
    { system: 'hubspot', field: 'firstname', value: 13 },
    { system: 'shopify', field: 'note', value: 14 },
    { system: 'hubspot', field: 'lastname', value: 15 },
  ],
  'of which two need a person': [
    { system: 'hubspot', field: 'phone', value: 11 },
    { system: 'shopify', field: 'phone', value: 12 },
    { system: 'hubspot', field: 'firstname', value: 13 },
    { system: 'shopify', field: 'note', value: 14 },
    { system: 'shopify', field: 'note', value: 15 },
    { system: 'hubspot', field: 'lastname', value: 16 },
  ],
};

interface Ending {
  readonly contacts: unknown;
  readonly customers: unknown;
  readonly verdicts: unknown;
}

/** Lets the story happen, then delivers its webhooks in the order given, some more than once. */
async function endingOf(
  story: readonly Act[],
  order: readonly number[],
  pauseMs: number,
  seed: number,
): Promise<Ending> {
  const held: (() => Promise<unknown>)[] = [];
  let isHolding = false;
  const hold =
    (ingest: Entry): Entry =>
    async (request) => {
      if (!isHolding) return ingest(request);
      held.push(() => ingest(request));
      return { status: 200, headers: {}, body: '' };
    };
  const world = await createWorld({ seed, wrapIngest: hold, latencyMs: [5, 90] });
  const ids = await linkedCustomer(world);
  isHolding = true;
  for (const one of story) {
    await perform(world, ids, one);
    await world.settle(1_500);
  }
  isHolding = false;
  expect(held).toHaveLength(story.length);

  for (const index of order) {
    expect(await held[index]?.()).toMatchObject({ status: 200 });
    if (pauseMs > 0) await world.settle(pauseMs);
  }
  await world.settle();

  const record = await onlyRecord(world);
  expect((await world.work()).filter((work) => work.wakeAt !== null)).toEqual([]);
  expect(errorLines(world)).toEqual([]);
  const ending = {
    contacts: (await world.hubspot.control.list('contacts')).map(wordOf),
    customers: (await world.shopify.control.list('customers')).map(wordOf),
    verdicts: Object.values(record.verdicts).map(({ verdict }) => verdict),
  };
  await world.close();
  return ending;
}

const TOLD = /^(email|firstname|lastname|phone|customer_note|note)$/i;

/** What a system says of the customer: in which moment it was told depends on when it was our turn. */
function wordOf(record: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(record).filter(([name]) => TOLD.test(name)));
}

test.each(Object.entries(STORIES))(
  'six events %s end the same in every order and repetition (M4)',
  async (_, story) => {
    const inOrder = story.map((__, index) => index);
    const expected = await endingOf(story, inOrder, 2_000, 1);
    const orders = fc
      .tuple(fc.shuffledSubarray(inOrder, { minLength: 6 }), fc.array(fc.nat(5), { maxLength: 6 }))
      .chain(([all, repeated]) =>
        fc.shuffledSubarray([...all, ...repeated], { minLength: 6 + repeated.length }),
      );
    await fc.assert(
      fc.asyncProperty(
        orders,
        fc.constantFrom(0, 40, 2_000),
        fc.nat(1_000_000),
        async (order, pauseMs, seed) => {
          expect(await endingOf(story, order, pauseMs, seed + 1)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  },
);

/** What we create says by our own id whose it is, whatever became of its address since (M2, M16). */
import { afterEach, describe, expect, test } from 'vitest';
import { Dimension, type SystemId } from '#shared/model/ids.ts';
import { errorLines, HUBSPOT, onlyRecord, SHOPIFY } from '#test/support/customers.ts';
import { interrupt, isContactRead } from '#test/support/interrupt.ts';
import { createWorld, type Side, type World } from '#test/support/mesh-world.ts';
import type { TwinRequest } from '#test/twins/index.ts';

const IDENTITY = Dimension('identity');
const TYPED = 'typo@example.com';
const CORRECTED = 'ana@example.com';
const PHONE = '+12025550101';

/** One direction: what somebody makes here is created by us there. */
interface Direction {
  readonly system: SystemId;
  readonly object: string;
  readonly create: string;
  readonly isRead: (request: TwinRequest) => boolean;
  readonly from: string;
  sides(world: World): { readonly from: Side; readonly to: Side };
}

const DIRECTIONS: readonly (readonly [string, Direction])[] = [
  [
    'contact',
    {
      object: 'contacts',
      system: HUBSPOT,
      create: 'POST',
      isRead: isContactRead,
      from: 'customers',
      sides: ({ hubspot, shopify }) => ({ from: shopify, to: hubspot }),
    },
  ],
  [
    'customer',
    {
      object: 'customers',
      system: SHOPIFY,
      create: 'customerCreate',
      isRead: ({ body }) => body.includes('ConcordReadCustomer'),
      from: 'contacts',
      sides: ({ hubspot, shopify }) => ({ from: hubspot, to: shopify }),
    },
  ],
];

let world: World;

afterEach(async () => {
  expect(errorLines(world)).toEqual([]);
  await world.close();
});

async function edit(
  side: Side,
  object: string,
  fields: Readonly<Record<string, string | null>>,
): Promise<void> {
  const [made] = await side.control.list(object);
  await side.control.edit(object, String(made?.['id']), fields);
}

/** A later edit reaches the one customer on both sides; the addresses, which have to agree, are shown not to. */
async function expectOneCustomer(direction: Direction): Promise<void> {
  const { from, to } = direction.sides(world);
  await edit(to, direction.object, { phone: PHONE });
  await world.settle();

  expect(await from.control.list(direction.from)).toMatchObject([{ email: TYPED, phone: PHONE }]);
  expect(await to.control.list(direction.object)).toMatchObject([{ email: CORRECTED, phone: PHONE }]);
  const record = await onlyRecord(world);
  expect(record.links[direction.system]).toMatchObject({ state: 'active', evidence: 'created_by_us' });
  expect(record.verdicts[IDENTITY]).toMatchObject({ cause: 'agreement_broken' });
  expect(record.verdicts[Dimension('profile')]).toMatchObject({ verdict: 'in_sync' });
}

describe.each(DIRECTIONS)('a %s that we created and whose address is put right at once', (_, direction) => {
  const { object, isRead } = direction;

  test('while the answer to the create is lost is no second customer', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { from, to } = direction.sides(world);
    await to.control.fault({ kind: 'timeout-after-effect', count: 1, path: direction.create });
    const interruption = interrupt(to, isRead, () => edit(to, object, { email: CORRECTED }));

    await from.control.create(direction.from, { email: TYPED });
    await world.settle();
    expect(interruption.hasHappened()).toBe(true);

    await expectOneCustomer(direction);
  });

  test('while the read back of the create is slow is no second customer', async () => {
    world = await createWorld({ latencyMs: 50 });
    const { from, to } = direction.sides(world);
    let reads = 0;
    to.twin.gate(async (request) => {
      if (!isRead(request)) return;
      reads += 1;
      if (reads === 1) await edit(to, object, { email: CORRECTED });
      // The run's own look comes first or second, by whose turn it is. A pass has to come in between.
      const isSlow = object === 'contacts' ? request.path.includes('propertiesWithHistory') : reads === 2;
      if (isSlow && reads <= 2) await world.clock.elapse(3_000);
    });

    await from.control.create(direction.from, { email: TYPED });
    await world.settle();
    expect(reads).toBeGreaterThan(1);

    await expectOneCustomer(direction);
  });
});

test('a contact that lost our own id and got a record of its own before our read back has that one alone (M16)', async () => {
  world = await createWorld({ latencyMs: 50 });
  const { hubspot, shopify } = world;
  let reads = 0;
  hubspot.twin.gate(async (request) => {
    if (!isContactRead(request)) return;
    reads += 1;
    if (reads === 1) await edit(hubspot, 'contacts', { email: CORRECTED, concord_record_id: '' });
    if (request.path.includes('propertiesWithHistory') && reads <= 2) await world.clock.elapse(3_000);
  });

  await shopify.control.create('customers', { email: TYPED });
  await world.settle();

  const [contact] = await hubspot.control.list('contacts');
  const records = await world.records();
  const ofContact = records.filter(
    ({ state, links }) => state === 'active' && links[HUBSPOT]?.nativeId === contact?.['id'],
  );
  expect(ofContact).toMatchObject([{ verdicts: { identity: { verdict: 'in_sync' } } }]);
  const withoutContact = records.filter(({ links }) => links[HUBSPOT] === undefined && links[SHOPIFY]);
  expect(withoutContact.find(({ state }) => state === 'active')?.verdicts[IDENTITY]).toMatchObject({
    verdict: 'missing',
    cause: 'write_refused',
  });
});

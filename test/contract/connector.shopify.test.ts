import { describe, expect, test } from 'vitest';
import { connectorForgetsOwnId } from './broken/connector-forgets-own-id.ts';
import { connectorHidesRemovals } from './broken/connector-hides-removals.ts';
import { connectorPairsByPlace } from './broken/connector-pairs-by-place.ts';
import { connectorRepeatsWrites } from './broken/connector-repeats-writes.ts';
import { batchReadCases } from './connector-batch.contract.ts';
import { ADA, failureOf, read, remove } from './connector-acts.ts';
import { removalCases } from './connector-removal.contract.ts';
import { connectorCases } from './connector.contract.ts';
import { casesBrokenBy } from './contract-case.ts';
import { shopifyConnector } from './shopify-connector.ts';

describe("Shopify's connector keeps the contract", () => {
  test.each([...connectorCases, ...batchReadCases, ...removalCases])('$title', async ({ run }) => {
    await expect(run(shopifyConnector())).resolves.toBeUndefined();
  });
});

describe('a customer who has placed an order', () => {
  test('is kept by Shopify, and the removal is refused for good', async () => {
    const world = await shopifyConnector()();
    const nativeId = await world.typeIn({ email: ADA });
    await world.control.act('customers', nativeId, 'place-order');

    expect(await failureOf(remove(world, nativeId))).toMatchObject({
      code: 'vendor_rejected',
      disposition: 'terminal',
      effect: 'none',
    });
    expect((await read(world, nativeId)).nativeId).toBe(nativeId);
  });
});

describe('the contract tells a broken connector', () => {
  test('that repeats what failed', async () => {
    const broken = await casesBrokenBy(connectorCases, shopifyConnector(connectorRepeatsWrites));

    expect(broken).toContain(
      'a vendor that fails leaves a write in doubt, and the connector does not repeat it by itself (M2)',
    );
  });

  test('that creates without our own id', async () => {
    const broken = await casesBrokenBy(connectorCases, shopifyConnector(connectorForgetsOwnId));

    expect(broken).toContain('a create happens once under our own id, however often it is sent (M2)');
    expect(broken).toContain(
      'a create whose answer was lost is found by our own id, and not made twice (M2)',
    );
  });

  test('that pairs the rows of a batch with its ids by their place', async () => {
    const broken = await casesBrokenBy(batchReadCases, shopifyConnector(connectorPairsByPlace));

    expect(broken).toContain(
      'a batch read says of each id what a read says, in one call, and names each id once (M10)',
    );
  });

  test('that says of removals that they were done, and sends none', async () => {
    const broken = await casesBrokenBy(removalCases, shopifyConnector(connectorHidesRemovals));

    expect(broken).toContain('a removed customer is gone for reads and finds, and every other one stays');
  });
});

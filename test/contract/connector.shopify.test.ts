import { describe, expect, test } from 'vitest';
import { connectorForgetsOwnId } from './broken/connector-forgets-own-id.ts';
import { connectorPairsByPlace } from './broken/connector-pairs-by-place.ts';
import { connectorRepeatsWrites } from './broken/connector-repeats-writes.ts';
import { batchReadCases } from './connector-batch.contract.ts';
import { connectorCases } from './connector.contract.ts';
import { casesBrokenBy } from './contract-case.ts';
import { shopifyConnector } from './shopify-connector.ts';

describe("Shopify's connector keeps the contract", () => {
  test.each([...connectorCases, ...batchReadCases])('$title', async ({ run }) => {
    await expect(run(shopifyConnector())).resolves.toBeUndefined();
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
});

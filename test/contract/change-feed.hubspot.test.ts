import { describe, expect, test } from 'vitest';
import { feedEndsEarly } from './broken/feed-ends-early.ts';
import { changeFeedCases } from './change-feed.contract.ts';
import { casesBrokenBy } from './contract-case.ts';
import { hubspotConnector } from './hubspot-connector.ts';

describe("HubSpot's list of changes keeps the contract", () => {
  test.each(changeFeedCases)('$title', async ({ run }) => {
    await expect(run(hubspotConnector())).resolves.toBeUndefined();
  });
});

describe('the contract tells a broken list', () => {
  test('that ends after its first page', async () => {
    const broken = await casesBrokenBy(changeFeedCases, hubspotConnector(feedEndsEarly));

    expect(broken).toContain('more customers of one single time than a page holds are all listed');
    expect(broken).toContain('no customer is passed over because others are edited while the list is read');
  });
});

import { describe, expect, test } from 'vitest';
import type { ContractCase } from './contract-case.ts';
import { commitCases } from './document-store/commit-cases.ts';
import { indexCases } from './document-store/index-cases.ts';
import { limitCases } from './document-store/limit-cases.ts';
import { pageCases } from './document-store/page-cases.ts';
import { queryCases } from './document-store/query-cases.ts';
import type { OpenDocumentStore } from './document-store/surroundings.ts';
import { transactionCases } from './document-store/transaction-cases.ts';
import { updateCases } from './document-store/update-cases.ts';

/** Everything that the DocumentStore port promises, whatever the platform. */
export const documentStoreContract: readonly ContractCase<OpenDocumentStore>[] = [
  ...commitCases,
  ...updateCases,
  ...queryCases,
  ...pageCases,
  ...indexCases,
  ...transactionCases,
  ...limitCases,
];

/** Runs the contract against a platform's store. `open` gives an empty one over `TEST_COLLECTIONS`. */
export function describeDocumentStore(name: string, open: OpenDocumentStore): void {
  describe.each([{ name, open }])('$name', (platform) => {
    test.each(documentStoreContract)('$title', async ({ run }) => {
      await expect(run(platform.open)).resolves.toBeUndefined();
    });
  });
}

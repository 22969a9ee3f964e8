import { describe, expect, test } from 'vitest';
import { commitsPiecemeal } from './broken/document-store-commits-piecemeal.ts';
import { countsEmptyWrites } from './broken/document-store-counts-empty-writes.ts';
import { createOverwrites } from './broken/document-store-create-overwrites.ts';
import { dropsTies } from './broken/document-store-drops-ties.ts';
import { ignoresVersions } from './broken/document-store-ignores-versions.ts';
import { keepsUnordered } from './broken/document-store-keeps-unordered.ts';
import { losesUpdates } from './broken/document-store-loses-updates.ts';
import { meetsPhantoms } from './broken/document-store-meets-phantoms.ts';
import { needsNoIndex } from './broken/document-store-needs-no-index.ts';
import { readsAfterWrites } from './broken/document-store-reads-after-writes.ts';
import { readsStale } from './broken/document-store-reads-stale.ts';
import { reusesVersions } from './broken/document-store-reuses-versions.ts';
import { sharesClients } from './broken/document-store-shares-clients.ts';
import { sortsAsJavaScript } from './broken/document-store-sorts-as-javascript.ts';
import { casesBrokenBy } from './contract-case.ts';
import { describeDocumentStore, documentStoreContract } from './document-store.contract.ts';
import { localDocumentStore } from './local-document-store.ts';

for (const grouping of ['immediate', 'sync'] as const) {
  describeDocumentStore(
    `the embedded document store, commits grouped ${grouping}`,
    localDocumentStore(grouping),
  );
}

describe('the contract of the document store rejects', () => {
  test.each([
    ['a store whose create overwrites', createOverwrites, 'a create refuses a document that exists'],
    ['a store that ignores versions', ignoresVersions, 'a set over a version goes through once'],
    ['a store that commits piecemeal', commitsPiecemeal, 'a commit is written whole or not at all'],
    ['a store that loses updates', losesUpdates, 'of many who read, add and write, no sum is lost'],
    ['a store that meets phantoms', meetsPhantoms, 'of many who find nothing by a query'],
    ['a store that reads stale documents', readsStale, 'a transaction reads the latest commit'],
    ['a store that reads after writes', readsAfterWrites, 'a read after a write is refused'],
    ['a store whose cursor drops ties', dropsTies, 'pages of a query meet each document once'],
    ['a store that needs no index', needsNoIndex, 'a query without its index is refused'],
    ['a store that uses versions again', reusesVersions, 'a version is never used again'],
    ['a store that counts empty writes', countsEmptyWrites, 'a write that changes nothing'],
    [
      'a store that shares documents between clients',
      sharesClients,
      'one client never meets the documents of another',
    ],
    ['a store that sorts as JavaScript does', sortsAsJavaScript, 'without an order, documents come by path'],
    [
      'a store that keeps documents without the ordered field',
      keepsUnordered,
      'an order leaves out documents',
    ],
  ])('%s', async (_name, defect, promise) => {
    const broken = await casesBrokenBy(documentStoreContract, localDocumentStore('immediate', defect));

    expect(broken.some((title) => title.startsWith(promise))).toBe(true);
  });
});

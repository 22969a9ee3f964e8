import { openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import type { Grouping } from '#shared/platform/local/group-commit.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { createManualClock } from '#test/support/manual-clock.ts';
import type { StoreDefect } from './document-store-defects.ts';
import { type OpenDocumentStore, TEST_COLLECTIONS } from './document-store/surroundings.ts';

/** Opens the embedded document store in memory, optionally with a planted defect. */
export function localDocumentStore(
  grouping: Grouping = 'immediate',
  defect: StoreDefect = (store) => store,
): OpenDocumentStore {
  return async () => {
    const database = openDatabase({ file: ':memory:', durability: 'relaxed' });
    const clock = createManualClock();
    const open = (clientId: string): DocumentStore =>
      createLocalDocumentStore({ database, clientId, collections: TEST_COLLECTIONS, clock, grouping });
    const [store, otherClient] = [open('demo'), open('other')];
    return {
      store: defect(store, otherClient),
      otherClient: defect(otherClient, store),
      width: 40,
      now: () => clock.now(),
      dispose: async () => database.close(),
    };
  };
}

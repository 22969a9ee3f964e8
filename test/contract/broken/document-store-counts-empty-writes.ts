import { remove, set } from '#shared/ports/document-store.ts';
import type { StoreDefect } from '../document-store-defects.ts';

/** Gives a new version to a document that was written and did not change. */
export const countsEmptyWrites: StoreDefect = (store) => ({
  ...store,
  async commit(writes) {
    for (const { op, ref } of writes) {
      const found = op === 'update' ? await store.get(ref) : undefined;
      if (found === undefined) continue;
      await store.commit([remove(ref)]);
      await store.commit([set(ref, found.value)]);
    }
    return store.commit(writes);
  },
});

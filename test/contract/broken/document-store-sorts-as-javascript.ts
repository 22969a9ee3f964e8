import type { StoreDefect } from '../document-store-defects.ts';

/** Sorts paths by UTF-16 code units instead of UTF-8 bytes. */
export const sortsAsJavaScript: StoreDefect = (store) => ({
  ...store,
  async query(query) {
    const found = await store.query(query);
    if (query.orderBy !== undefined) return found;
    return found.toSorted((one, other) => (one.ref.path < other.ref.path ? -1 : 1));
  },
});

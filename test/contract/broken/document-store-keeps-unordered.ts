import type { StoreDefect } from '../document-store-defects.ts';

/** Puts documents that lack the ordered field at the end instead of leaving them out. */
export const keepsUnordered: StoreDefect = (store) => ({
  ...store,
  async query(query) {
    const found = await store.query(query);
    if (query.orderBy === undefined || query.after !== undefined || query.where !== undefined) return found;
    const all = await store.query({ from: query.from, limit: query.limit });
    const missing = all.filter(({ ref }) => !found.some((one) => one.ref.path === ref.path));
    return [...found, ...missing].slice(0, query.limit);
  },
});

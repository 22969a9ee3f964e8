import type { StoreDefect } from '../document-store-defects.ts';

/** Goes on after a row's values and forgets its path. */
export const dropsTies: StoreDefect = (store) => ({
  ...store,
  query: (query) => {
    const { after, orderBy = [] } = query;
    if (after === undefined || orderBy.length === 0) return store.query(query);
    return store.query({ ...query, after: after.slice(0, orderBy.length) });
  },
});

import type { StoreDefect } from '../document-store-defects.ts';

/** Searches a collection group in the scope of every client. */
export const sharesClients: StoreDefect = (store, otherClient) => ({
  ...store,
  async query(query) {
    const ours = await store.query(query);
    return 'group' in query.from ? [...ours, ...(await otherClient.query(query))] : ours;
  },
});

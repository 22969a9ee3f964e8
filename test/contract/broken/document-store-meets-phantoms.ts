import type { StoreDefect } from '../document-store-defects.ts';

/** Watches the documents that a transaction gets, and forgets its queries. */
export const meetsPhantoms: StoreDefect = (store) => ({
  ...store,
  transact: (body) =>
    store.transact((transaction) =>
      body({
        get: (ref) => transaction.get(ref),
        query: (query) => store.query(query),
        write: (...writes) => transaction.write(...writes),
      }),
    ),
});

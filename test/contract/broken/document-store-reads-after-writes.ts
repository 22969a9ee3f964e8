import type { Write } from '#shared/ports/document-store.ts';
import type { StoreDefect } from '../document-store-defects.ts';

/** Lets a transaction read after it has written, as an in-memory store easily would. */
export const readsAfterWrites: StoreDefect = (store) => ({
  ...store,
  transact: (body) =>
    store.transact(async (transaction) => {
      const buffered: Write[] = [];
      const result = await body({
        get: (ref) => transaction.get(ref),
        query: (query) => transaction.query(query),
        write: (...writes) => void buffered.push(...writes),
      });
      transaction.write(...buffered);
      return result;
    }),
});

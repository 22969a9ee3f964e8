import { ConcordError } from '#shared/errors/concord-error.ts';
import type { StoreDefect } from '../document-store-defects.ts';

/** Answers a query whose index nobody declared, as the emulators do. */
export const needsNoIndex: StoreDefect = (store) => ({
  ...store,
  async query(query) {
    try {
      return await store.query(query);
    } catch (error) {
      if (!ConcordError.is(error, 'index_required')) throw error;
      return store.query({ from: query.from, limit: query.limit });
    }
  },
});

import type { DocumentStore, Write } from '#shared/ports/document-store.ts';

/** What a broken store does differently from the embedded one it wraps. */
export type StoreDefect = (store: DocumentStore, otherClient: DocumentStore) => DocumentStore;

/** Passes every write through `change`, in commits and in transactions. */
export function overWrites(change: (write: Write) => Write): StoreDefect {
  return (store) => ({
    ...store,
    commit: (writes) => store.commit(writes.map(change)),
    transact: (body) =>
      store.transact((transaction) =>
        body({
          get: (ref) => transaction.get(ref),
          query: (query) => transaction.query(query),
          write: (...writes) => transaction.write(...writes.map(change)),
        }),
      ),
  });
}

/** A transaction that is nothing but reads followed by a commit. */
export function looseTransact(store: DocumentStore): DocumentStore['transact'] {
  return async (body) => {
    const buffered: Write[] = [];
    const result = await body({
      get: (ref) => store.get(ref),
      query: (query) => store.query(query),
      write: (...writes) => void buffered.push(...writes),
    });
    await store.commit(buffered);
    return result;
  };
}

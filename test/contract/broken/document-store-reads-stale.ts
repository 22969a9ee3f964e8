import type { DocumentRef } from '#shared/model/document.ts';
import type { Snapshot } from '#shared/ports/document-store.ts';
import type { StoreDefect } from '../document-store-defects.ts';

/** Remembers what transactions have read and shows it to later ones. */
export const readsStale: StoreDefect = (store) => {
  const remembered = new Map<string, Snapshot<object> | undefined>();
  return {
    ...store,
    transact: (body) =>
      store.transact((transaction) =>
        body({
          async get<T extends object>(ref: DocumentRef<T>) {
            if (!remembered.has(ref.path)) remembered.set(ref.path, await transaction.get(ref));
            return remembered.get(ref.path) as Snapshot<T> | undefined;
          },
          query: (query) => transaction.query(query),
          write: (...writes) => transaction.write(...writes),
        }),
      ),
  };
};

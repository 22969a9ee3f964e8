import { type StoreDefect, looseTransact } from '../document-store-defects.ts';

/** Commits a transaction without looking whether what it read still holds. */
export const losesUpdates: StoreDefect = (store) => ({ ...store, transact: looseTransact(store) });

import type { CommitResult } from '#shared/ports/document-store.ts';
import type { StoreDefect } from '../document-store-defects.ts';

/** Commits write by write and stops at the first that fails. */
export const commitsPiecemeal: StoreDefect = (store) => ({
  ...store,
  async commit(writes) {
    const results: CommitResult[] = [];
    for (const write of writes) results.push(...(await store.commit([write])));
    return results;
  },
});

import { contentHash } from '#shared/model/hash.ts';
import type { DocumentStore, Version, Write } from '#shared/ports/document-store.ts';
import type { StoreDefect } from '../document-store-defects.ts';

/** Derives the version from the content, so that a document that is made anew has its old version. */
export const reusesVersions: StoreDefect = (store) => ({
  ...store,
  async get(ref) {
    const found = await store.get(ref);
    return found === undefined ? undefined : { ...found, version: contentHash(found.value) };
  },
  async commit(writes) {
    const results = await store.commit(
      await Promise.all(writes.map((write) => withTrueVersion(store, write))),
    );
    const after = await store.getAll(writes.map(({ ref }) => ref));
    return results.map((result, index) => ({ ...result, version: contentHash(after[index]?.value ?? null) }));
  },
});

async function withTrueVersion(store: DocumentStore, write: Write): Promise<Write> {
  if (write.op === 'create' || write.ifVersion === undefined) return write;
  const found = await store.get(write.ref);
  const isSame = found !== undefined && contentHash(found.value) === write.ifVersion;
  const ifVersion: Version = isSame ? found.version : 'none';
  return { ...write, ifVersion };
}

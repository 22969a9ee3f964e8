import { type StoreDefect, overWrites } from '../document-store-defects.ts';

/** Writes over whatever version is there. */
export const ignoresVersions: StoreDefect = overWrites((write) => {
  if (write.op === 'create') return write;
  const { ifVersion: _ignored, ...rest } = write;
  return rest;
});

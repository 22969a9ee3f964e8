import { type StoreDefect, overWrites } from '../document-store-defects.ts';

/** Takes a create for a set. */
export const createOverwrites: StoreDefect = overWrites((write) =>
  write.op === 'create' ? { ...write, op: 'set' } : write,
);

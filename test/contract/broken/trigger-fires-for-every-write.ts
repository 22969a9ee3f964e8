import { localTriggers } from '../local-triggers.ts';

/** Takes every write for a change: what was there before is told a little differently. */
export const triggerFiresForEveryWrite = localTriggers('immediate', {
  feed: (feed) => ({
    ...feed,
    after: (seq, limit) =>
      feed
        .after(seq, limit)
        .map((row) => (row.before ? { ...row, before: { ...row.before, writes: row.seq } } : row)),
  }),
});

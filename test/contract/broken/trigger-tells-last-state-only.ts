import { localTriggers } from '../local-triggers.ts';

/** Looks at a document once per turn, as a listener does that coalesces snapshots. */
export const triggerTellsLastStateOnly = localTriggers('immediate', {
  feed: (feed) => ({
    ...feed,
    after(seq, limit) {
      const latest = new Map(feed.after(seq, limit).map((row) => [row.path, row]));
      return [...latest.values()];
    },
  }),
});

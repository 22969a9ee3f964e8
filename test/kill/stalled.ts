/** A machine with much else to do is slow; what has not moved for this long never will. */
export const STALLED_MS = 60_000;

/**
 * Sights: what a read has seen of an object by the vendor's clock, so that a poll which lists the object as it was
 * seen costs no second look. Pure.
 *
 * A vendor's modified time moves with every edit, but only by its ticks. So a read that shows a later tick has seen
 * every edit of an earlier one, while of the tick that it shows it has seen all only if that tick was over when it
 * was asked. The vendor's clocks that date an answer and an edit are taken for one.
 */
import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import type { Sight } from '#shared/model/work.ts';

/**
 * Vendor time that had come when a read was asked for, at least: it had come to `answeredAt` when it answered, and
 * what passed between the two is no more than what passed for us.
 *
 * @param answeredAt the vendor's clock in its answer, cut to the second; null when it did not tell.
 * @param elapsedMs what the call took, by our clock.
 */
export function timeOfAsking(answeredAt: Instant | null, elapsedMs: number): Instant | null {
  // Our clock was put back meanwhile.
  if (answeredAt === null || elapsedMs < 0) return null;
  return toInstant(toEpochMs(answeredAt) - elapsedMs);
}

/**
 * Whether a sight shows the object with every edit that it had when it was listed.
 *
 * @param at the modified time with which it was listed.
 * @param resolutionMs granularity of the vendor's times; 0 when nothing is known of it.
 */
export function showsState({ modifiedAt, askedAt }: Sight, at: Instant, resolutionMs: number): boolean {
  if (resolutionMs <= 0) return false;
  const tickOf = (time: Instant) => Math.floor(toEpochMs(time) / resolutionMs);
  const [listed, seen] = [tickOf(at), tickOf(modifiedAt)];
  if (listed !== seen) return listed < seen;
  return askedAt !== null && toEpochMs(askedAt) >= (seen + 1) * resolutionMs;
}

/**
 * When a pair of record and dimension is looked at next, and which of several due pairs first. Pure (M13).
 *
 * Changes of a pair are taken for a Poisson process. Two well-known results are used:
 *
 * - **How often.** A change waits half an interval on average before a check finds it. At a given number of checks the
 *   weighted wait, the sum of value x rate x interval / 2, is least where every interval is proportional to
 *   1 / sqrt(value x rate): the square-root law of broadcast scheduling (Ammar and Wong, "The design of teletext
 *   broadcast cycles", Performance Evaluation 5, 1985).
 * - **Which first.** Over a time t since the last look, a copy is out of date for the share
 *   1 - (1 - exp(-rate t)) / (rate t) of it: one minus the freshness of Cho and Garcia-Molina, "Effective page refresh
 *   policies for web crawlers" (ACM Transactions on Database Systems 28(4), 2003), averaged over the interval.
 */
import type { CheckCadence } from '#shared/authority/check-policy.ts';
import { USUAL_DAYS_BETWEEN_CHANGES } from './change-rate.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Below this many expected changes the series is exact and the quotient is not. */
const SMALL = 1e-4;

/** What decides how urgent a pair is. */
export interface Urgency {
  /** What the record is worth beside others of its type. */
  readonly value: number;
  /** Changes of the dimension a day. */
  readonly changesPerDay: number;
}

/** Share of the last `ageMs` milliseconds for which what was seen is expected to have been out of date: 0 to 1. */
export function expectedStaleness(changesPerDay: number, ageMs: number): number {
  const changes = (changesPerDay * Math.max(0, ageMs)) / DAY_MS;
  if (changes < SMALL) return changes / 2;
  return 1 + Math.expm1(-changes) / changes;
}

/** Priority of a check: value x expected staleness. Comparable between records, dimensions and types. */
export function checkPriority({ value, changesPerDay }: Urgency, ageMs: number): number {
  return value * expectedStaleness(changesPerDay, ageMs);
}

/**
 * Milliseconds from one look to the next, within the cadence's bounds. A record worth one that changes once in thirty
 * days is looked at as seldom as the cadence allows; one that is worth and changes a hundred times as much together,
 * ten times as often.
 */
export function checkIntervalMs({ minMs, maxMs }: CheckCadence, urgency: Urgency): number {
  const interval = maxMs / Math.sqrt(relativeUrgency(urgency));
  return Math.round(Math.min(Math.max(interval, minMs), maxMs));
}

/** Epoch milliseconds at which a pair that was verified at `verifiedAt`, epoch milliseconds, is due again. */
export function nextCheckAt(cadence: CheckCadence, urgency: Urgency, verifiedAt: number): number {
  return verifiedAt + checkIntervalMs(cadence, urgency);
}

/** Lower bounds of the bands, most urgent first. What lies below all of them is in the last one. */
const BANDS = [100, 10, 1];

/** Number of bands of {@link checkBand}. */
export const CHECK_BANDS = BANDS.length + 1;

/**
 * Band of a pair, 0 the most urgent. Due pairs are looked for band by band, each in the order in which they became
 * due, which within a band is nearly that of their priority: so a bounded look finds the most urgent ones also when
 * far more are due than the budget allows.
 */
export function checkBand(urgency: Urgency): number {
  const relative = relativeUrgency(urgency);
  const band = BANDS.findIndex((bound) => relative >= bound);
  return band === -1 ? BANDS.length : band;
}

/** Orders checks by falling priority, and by id where it is equal, so that the order is total. */
export function byPriority(
  a: { readonly priority: number; readonly id: string },
  b: { readonly priority: number; readonly id: string },
): number {
  return b.priority - a.priority || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Value x rate, in terms of a record worth one of which nothing is known. */
function relativeUrgency({ value, changesPerDay }: Urgency): number {
  return value * changesPerDay * USUAL_DAYS_BETWEEN_CHANGES;
}

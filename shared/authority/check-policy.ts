import type { Dimension, FieldPath } from '#shared/model/ids.ts';

/** How often a dimension of a record is looked at without being told to. */
export interface CheckCadence {
  /** Age, in milliseconds, that the oldest observation behind a verdict may reach; what is older is stale. */
  readonly targetMs: number;
  /** Shortest time between two checks, in milliseconds, however valuable and restless a record is. */
  readonly minMs: number;
  /** Longest time, in milliseconds. Below the target, so that a check that is due has time to come about. */
  readonly maxMs: number;
}

/**
 * What a record is worth beside others of its type, from what is held true of it: an edit that nobody notices on a
 * record worth ten is as bad as ten on records worth one. A record whose field says nothing is worth one.
 */
export type RecordValuePolicy =
  /** The field has few values, each with its weight. */
  | {
      readonly kind: 'by_text';
      readonly field: FieldPath;
      readonly weights: Readonly<Record<string, number>>;
    }
  /** The field is a number or an amount of money; a record is worth one for every `unit` of it. */
  | { readonly kind: 'by_amount'; readonly field: FieldPath; readonly unit: number };

/** The part of an entity's policy that says how it is checked. */
export interface CheckPolicy {
  /** @default {@link DEFAULT_CADENCE} for a dimension that is not named */
  readonly checks?: Readonly<Record<Dimension, CheckCadence>>;
  /** @default every record is worth one */
  readonly value?: RecordValuePolicy;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A day old at most, and checked after three quarters of it at the latest. */
export const DEFAULT_CADENCE: CheckCadence = Object.freeze({
  targetMs: 24 * HOUR_MS,
  minMs: 15 * MINUTE_MS,
  maxMs: 18 * HOUR_MS,
});

/** The cadence of a dimension. */
export function cadenceOf({ checks }: CheckPolicy, dimension: Dimension): CheckCadence {
  return checks?.[dimension] ?? DEFAULT_CADENCE;
}

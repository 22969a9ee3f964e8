import { defineCollection, type DocumentRef } from './document.ts';
import type { EntityType, SystemId } from './ids.ts';
import type { Pause } from './settings.ts';

/**
 * How far a sweep over all objects of one type in one system has come. Moved by compare-and-swap on its version, after
 * the unknown objects of a page were published.
 */
export interface SweepDocument {
  readonly system: SystemId;
  readonly type: EntityType;
  /** Epoch milliseconds at which the next sweep begins. */
  readonly nextDueAt: number;
  /** The sweep under way; null between two of them. */
  readonly open: OpenSweep | null;
  /** Failed calls in a row; the next waits longer. */
  readonly failures: number;
  /** Epoch milliseconds before which the system is left alone after a failure. */
  readonly notBefore: number;
  /** While it holds, the system is not swept; what is under way stays where it is. */
  readonly pause?: Pause | null;
}

export interface OpenSweep {
  /** Epoch milliseconds; names what it publishes. */
  readonly startedAt: number;
  /** The connector's own mark of the next page; null for the first. */
  readonly after: string | null;
  /** Objects listed so far, and those among them that nobody knew. */
  readonly listed: number;
  readonly unknown: number;
}

export const sweeps = defineCollection<SweepDocument>({
  name: 'sweeps',
  indexes: [],
  unindexed: ['open', 'pause'],
  ttlField: null,
  erasure: 'holds_none',
});

/** `sweeps/{system}:{type}`. */
export function sweepRef(system: SystemId, type: EntityType): DocumentRef<SweepDocument> {
  return sweeps.at(`${system}:${type}`);
}

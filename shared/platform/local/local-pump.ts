import type { Pump } from '#shared/ports/pump.ts';

/** What one turn of a pump began. */
export interface Dispatch {
  /** One promise per delivery begun; each resolves, and never rejects, when that delivery is settled. */
  readonly started: readonly Promise<void>[];
  /** Epoch milliseconds at which to look again; null until `onWork` calls. Work that waits for a free slot does not count. */
  readonly nextDueAt: number | null;
}

/** A pump that a host may drive without waiting for slow deliveries. */
export interface LocalPump extends Pump {
  /** Deliveries that wait for their time or for a free slot, or are under way. */
  readonly undelivered: number;
  /** Starts what is due at `now` and has a free slot, and returns at once. */
  dispatchDue(now: number): Promise<Dispatch>;
  /** Calls `listener` whenever there may be something new to dispatch. Returns how to stop that. */
  onWork(listener: () => void): () => void;
}

export interface PumpReport {
  /** Deliveries attempted in this turn. */
  readonly delivered: number;
  /** Epoch milliseconds at which the next delivery is due, null when nothing waits. */
  readonly nextDueAt: number | null;
}

/**
 * Moves what is due: pushes messages, dispatches tasks, fires triggers and schedules. It owns no timer;
 * whoever hosts it decides when, so that virtual time can drive it.
 */
export interface Pump {
  readonly name: string;
  /** Attempts everything that is due at `now` once and resolves when those deliveries have answered. */
  runOnce(now: number): Promise<PumpReport>;
}

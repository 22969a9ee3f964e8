export interface QueueState {
  readonly name: string;
  readonly paused: boolean;
  /** Tasks waiting or being dispatched. */
  readonly depth: number;
  /** Epoch milliseconds at which the oldest dispatchable task was due, null when none is waiting. */
  readonly oldestDueAt: number | null;
}

/** Looks at and steers queues. */
export interface QueueAdmin {
  list(): Promise<readonly QueueState[]>;
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
  /** Drops all waiting tasks. Their names stay used. */
  purge(queue: string): Promise<void>;
}

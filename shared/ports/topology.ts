/** What the mesh consists of, read from the functions' manifests. */
export interface SubscriptionTopology {
  /** `<topic>.<function>`. */
  readonly name: string;
  readonly topic: string;
  readonly target: string;
  readonly path: string;
  readonly maxDeliveryAttempts: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Topic that receives what failed `maxDeliveryAttempts` times; null for a dead-letter subscription itself. */
  readonly deadLetterTopic: string | null;
}

export interface QueueTopology {
  /** `<system>-<lane>`. */
  readonly name: string;
  readonly target: string;
  readonly maxConcurrent: number;
  readonly maxAttempts: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

export interface TriggerTopology {
  readonly name: string;
  readonly target: string;
  readonly path: string;
  /** Document pattern inside the client's scope: `crosswalks/{id}`. */
  readonly document: string;
  /** Which changes fire it; Eventarc allows one per trigger. @default 'written', any change */
  readonly event?: 'created' | 'updated' | 'deleted' | 'written';
  readonly maxDeliveryAttempts: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

export interface ScheduleTopology {
  readonly name: string;
  readonly target: string;
  readonly path: string;
  readonly everyMs: number;
}

export interface Topology {
  readonly subscriptions: readonly SubscriptionTopology[];
  readonly queues: readonly QueueTopology[];
  readonly triggers: readonly TriggerTopology[];
  readonly schedules: readonly ScheduleTopology[];
}

import type { JsonValue } from '#shared/model/json.ts';

export interface Task {
  /** `<system>-<lane>`. */
  readonly queue: string;
  /** A used name is refused for hours, also after the task is done. Never reuse one. */
  readonly name: string;
  /** The function that receives the task. */
  readonly target: string;
  readonly body: JsonValue;
  /** Epoch milliseconds before which it is not dispatched; at most 30 days ahead. */
  readonly notBefore?: number;
}

/** Creates tasks: one HTTP call each, at least once, retried by the queue. */
export interface TaskQueue {
  /** Resolves when the task is durable. `duplicate`: the name was used before, nothing was added. */
  enqueue(task: Task): Promise<'created' | 'duplicate'>;
}

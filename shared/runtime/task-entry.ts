import { decodeTask, type TaskMessage } from '#shared/messaging/task-message.ts';
import type { Outcome } from './ack.ts';
import type { EntryRequest } from './entry.ts';
import type { InternalRoute } from './internal-entry.ts';

/** What Cloud Tasks tells about a dispatch in its headers. */
export interface TaskDispatch {
  readonly queue: string | null;
  /** Short name; a task that was created without one has a random one. */
  readonly taskName: string | null;
  /** Attempts that came before, from 0. Includes those that never reached the function. */
  readonly retryCount: number;
}

/**
 * Receives the tasks of a function's queues. A body of an unknown kind comes from a newer release, so
 * it is refused and the queue offers it again.
 */
export function taskEntry(
  handle: (task: TaskMessage, dispatch: TaskDispatch) => Promise<Outcome>,
): InternalRoute {
  return {
    channel: 'task',
    async handle(request) {
      const decoded = decodeTask(readJson(request.body));
      if (decoded.status === 'unreadable') return { status: 'rejected', reason: 'malformed' };
      return handle(decoded.task, dispatchOf(request));
    },
  };
}

function dispatchOf({ headers }: EntryRequest): TaskDispatch {
  const retryCount = Number(headers['x-cloudtasks-taskretrycount'] ?? 0);
  return {
    queue: headers['x-cloudtasks-queuename'] ?? null,
    taskName: headers['x-cloudtasks-taskname'] ?? null,
    retryCount: Number.isSafeInteger(retryCount) && retryCount >= 0 ? retryCount : 0,
  };
}

function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

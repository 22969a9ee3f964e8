import { invalidArgument } from '#shared/errors/faults.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { QueueAdmin } from '#shared/ports/queue-admin.ts';
import type { Task, TaskQueue } from '#shared/ports/task-queue.ts';
import type { QueueTopology } from '#shared/ports/topology.ts';
import type { DeliveringPortOptions } from './delivering-port.ts';
import { type Answer, DeliveryPump, backoffMs, isTaken } from './delivery-pump.ts';
import { GroupCommit } from './group-commit.ts';
import { LazyWrites } from './lazy-writes.ts';
import type { LocalPump } from './local-pump.ts';
import { createLocalQueueAdmin } from './queue-admin.ts';
import { ReadyRows } from './ready-rows.ts';
import { MAX_SCHEDULE_AHEAD_MS, MAX_TASK_BYTES, NAME_TAKEN_MS, TASK_NAME } from './task-limits.ts';
import { type TaskContent, type TaskEntry, TaskRows } from './task-rows.ts';

export interface LocalTaskQueueOptions extends DeliveringPortOptions {
  readonly queues: readonly QueueTopology[];
}

export interface LocalTaskQueue {
  readonly tasks: TaskQueue;
  readonly queues: QueueAdmin;
  readonly pump: LocalPump;
  /** Writes outstanding acknowledgements. */
  flush(): void;
}

const FORGET_EVERY_MS = 60 * 1_000;
const FORGET_AT_ONCE = 10_000;

/**
 * Dispatches tasks as Cloud Tasks would: one HTTP call each, at least once, up to a queue's limit at a time,
 * with backoff, and gone after too many failures; the debt behind a task stands in the store (M1).
 */
export function createLocalTaskQueue(options: LocalTaskQueueOptions): LocalTaskQueue {
  const queue = new LocalQueue(options);
  return { tasks: queue, queues: queue.admin, pump: queue.pump, flush: () => queue.flush() };
}

class LocalQueue implements TaskQueue {
  readonly pump: DeliveryPump<TaskEntry>;
  readonly admin: QueueAdmin;
  readonly #options: LocalTaskQueueOptions;
  readonly #group: GroupCommit;
  readonly #lazy: LazyWrites;
  readonly #rows: TaskRows;
  readonly #ready: ReadyRows<TaskEntry> | undefined;
  readonly #byName: ReadonlyMap<string, QueueTopology>;
  #forgottenAt = Number.NEGATIVE_INFINITY;

  constructor(options: LocalTaskQueueOptions) {
    const { database, grouping, queues, clock, deliver, telemetry, pollForeignWorkMs } = options;
    this.#options = options;
    this.#group = new GroupCommit(database, { grouping });
    this.#lazy = new LazyWrites(this.#group, () => telemetry.log('error', 'queue.acknowledgement_lost'));
    this.#rows = new TaskRows(database);
    this.#byName = new Map(queues.map((queue) => [queue.name, queue]));
    this.pump = new DeliveryPump<TaskEntry>({
      name: 'tasks',
      clock,
      deliver,
      lanes: queues.map(({ name, maxConcurrent }) => ({ name, maxConcurrent })),
      work: {
        compose: (name, entry) => this.#compose(name, entry),
        countAttempt: (name, entry) => this.#countAttempt(name, entry),
        settle: (name, entry, answer, now) => this.#settle(name, entry, answer, now),
      },
      prepare: async (now) => this.#prepare(now),
    });
    this.admin = createLocalQueueAdmin({
      queues,
      rows: this.#rows,
      group: this.#group,
      pump: this.pump,
      clock,
    });
    if (options.isHost) {
      this.#ready = new ReadyRows<TaskEntry>({
        database,
        group: this.#group,
        after: (id) => this.#rows.after(id),
        add: (entry) => this.pump.add(entry.queue, entry),
        onRescan: () => this.#readPauses(),
        pollForeignWorkMs,
      });
    }
  }

  async enqueue(task: Task): Promise<'created' | 'duplicate'> {
    const now = this.#options.clock.now();
    const body = this.#check(task, now);
    const entry = await this.#group.submit(() => this.#rows.insert(task, body, now));
    if (entry === undefined) return 'duplicate';
    this.#ready?.add([entry]);
    return 'created';
  }

  flush(): void {
    this.#group.flush();
  }

  #check(task: Task, now: number): string {
    const { queue, name, notBefore } = task;
    if (!this.#byName.has(queue)) throw invalidArgument(`There is no queue ${queue}.`);
    if (!TASK_NAME.test(name))
      throw invalidArgument('The name of a task is 1 to 500 letters, digits, hyphens and underscores.');
    const isDistant = notBefore !== undefined && !(notBefore <= now + MAX_SCHEDULE_AHEAD_MS);
    if (isDistant) throw invalidArgument('A task is scheduled at most 30 days ahead.');
    const body = JSON.stringify(task.body);
    if (Buffer.byteLength(body) > MAX_TASK_BYTES)
      throw invalidArgument('The body of a task is at most 100 KB.');
    return body;
  }

  #compose(name: string, entry: TaskEntry): Delivery | undefined {
    const task = this.#rows.read(entry.id);
    if (task === undefined) return undefined;
    const { target, body } = task;
    const headers = { ...taskHeaders(name, task, entry), authorization: this.#options.bearer(target) };
    return { target, method: 'POST', path: '/', headers, body: Buffer.from(body, 'utf8') };
  }

  async #countAttempt(name: string, entry: TaskEntry): Promise<boolean> {
    if (entry.attempts >= (this.#byName.get(name)?.maxAttempts ?? 0)) {
      this.#exhaust(name, entry, this.#options.clock.now());
      return false;
    }
    await this.#group.submit(() => this.#rows.save({ ...entry, attempts: entry.attempts + 1 }));
    return true;
  }

  #settle(name: string, entry: TaskEntry, answer: Answer, now: number): TaskEntry | undefined {
    const queue = this.#byName.get(name);
    if (queue === undefined || isTaken(answer)) return this.#bury(entry, now);
    const attempts = entry.attempts + 1;
    if (attempts >= queue.maxAttempts) return this.#exhaust(name, entry, now);
    const again: TaskEntry = {
      ...entry,
      attempts,
      executions: entry.executions + (answer !== null && answer < 500 ? 1 : 0),
      previousStatus: answer,
      dueAt: now + backoffMs(attempts, { minMs: queue.minBackoffMs, maxMs: queue.maxBackoffMs }),
    };
    this.#lazy.add(() => this.#rows.save(again));
    return again;
  }

  #exhaust(name: string, entry: TaskEntry, now: number): undefined {
    this.#options.telemetry.count('queue.task_exhausted', { queue: name });
    return this.#bury(entry, now);
  }

  #bury(entry: TaskEntry, now: number): undefined {
    this.#lazy.add(() => this.#rows.bury(entry.id, now + NAME_TAKEN_MS));
  }

  #prepare(now: number): number | null {
    if (now - this.#forgottenAt >= FORGET_EVERY_MS) {
      this.#forgottenAt = now;
      this.#lazy.add(() => this.#rows.forget(now, FORGET_AT_ONCE));
    }
    return this.#ready?.lookForForeign(now) ?? null;
  }

  #readPauses(): void {
    const paused = this.#rows.pausedQueues();
    for (const name of this.#byName.keys()) this.pump.setPaused(name, paused.has(name));
  }
}

/** Names and counting as recorded from Cloud Tasks; a retry carries an empty reason on HTTP targets. */
function taskHeaders(queue: string, task: TaskContent, entry: TaskEntry): Readonly<Record<string, string>> {
  const previous =
    entry.previousStatus === null
      ? {}
      : { 'x-cloudtasks-taskpreviousresponse': String(entry.previousStatus) };
  const reason = entry.attempts === 0 ? {} : { 'x-cloudtasks-taskretryreason': '' };
  return {
    'content-type': 'application/json',
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': queue,
    'x-cloudtasks-taskname': task.name,
    'x-cloudtasks-taskretrycount': String(entry.attempts),
    'x-cloudtasks-taskexecutioncount': String(entry.executions),
    'x-cloudtasks-tasketa': (entry.dueAt / 1_000).toFixed(6),
    ...previous,
    ...reason,
  };
}

import type { ClientId } from '#shared/model/ids.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { TriggerTopology } from '#shared/ports/topology.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { DeliveringPortOptions } from './delivering-port.ts';
import { type Answer, DeliveryPump, backoffMs, isTaken } from './delivery-pump.ts';
import { GroupCommit } from './group-commit.ts';
import { LazyWrites } from './lazy-writes.ts';
import type { LocalPump } from './local-pump.ts';
import { ReadyRows } from './ready-rows.ts';
import { TriggerExpander } from './trigger-expander.ts';
import { triggerHeaders } from './trigger-event.ts';
import { type DeadTriggerEvent, type TriggerEntry, TriggerRows } from './trigger-rows.ts';

export interface LocalTriggersOptions extends DeliveringPortOptions {
  readonly clientId: ClientId;
  readonly triggers: readonly TriggerTopology[];
  readonly feed: ChangeFeed;
}

export interface LocalTriggers {
  readonly pump: LocalPump;
  /** Tells the pump that the store has committed something. */
  noteCommit(): void;
  /** Events that nobody took, the latest first. */
  deadLetters(limit: number): readonly DeadTriggerEvent[];
  /** Writes outstanding acknowledgements. */
  flush(): void;
}

/** Deliveries of one trigger at a time. */
const MAX_OUTSTANDING = 64;

/**
 * Fires document triggers as Firestore and Eventarc would: at least once, unordered, with backoff, after the
 * commit and never within it. What is refused too often ends in a table.
 */
export function createLocalTriggers(options: LocalTriggersOptions): LocalTriggers {
  const {
    database,
    grouping,
    clientId,
    triggers,
    feed,
    clock,
    deliver,
    telemetry,
    isHost,
    pollForeignWorkMs,
  } = options;
  const group = new GroupCommit(database, { grouping });
  const rows = new TriggerRows(database);
  const lazy = new LazyWrites(group, () => telemetry.log('error', 'trigger.acknowledgement_lost'));
  const byName = new Map(triggers.map((trigger) => [trigger.name, trigger]));
  const expander = isHost ? new TriggerExpander({ clientId, triggers, feed, rows, group }) : undefined;

  function compose(name: string, entry: TriggerEntry): Delivery | undefined {
    const trigger = byName.get(name);
    const event = rows.read(entry.id);
    if (trigger === undefined || event === undefined) return undefined;
    const { target, path } = trigger;
    const headers = { ...triggerHeaders(clientId, trigger, event), authorization: options.bearer(target) };
    return { target, method: 'POST', path, headers, body: event.body };
  }

  function settle(
    name: string,
    entry: TriggerEntry,
    answer: Answer,
    now: number,
  ): Promise<undefined> | TriggerEntry | undefined {
    const trigger = byName.get(name);
    if (trigger === undefined || isTaken(answer)) {
      lazy.add(() => rows.remove(entry.id));
      return undefined;
    }
    const attempts = entry.attempts + 1;
    if (attempts >= trigger.maxDeliveryAttempts) return giveUp(name, entry.id, attempts, now);
    const dueAt = now + backoffMs(attempts, { minMs: trigger.minBackoffMs, maxMs: trigger.maxBackoffMs });
    const again = { ...entry, attempts, dueAt };
    lazy.add(() => rows.save(again));
    return again;
  }

  async function countAttempt(name: string, entry: TriggerEntry): Promise<boolean> {
    if (entry.attempts >= (byName.get(name)?.maxDeliveryAttempts ?? 0)) {
      await giveUp(name, entry.id, entry.attempts, clock.now());
      return false;
    }
    await group.submit(() => rows.save({ ...entry, attempts: entry.attempts + 1 }));
    return true;
  }

  async function giveUp(trigger: string, id: number, attempts: number, now: number): Promise<undefined> {
    await group.submit(() => rows.giveUp(id, attempts, now));
    telemetry.count('trigger.dead_lettered', { trigger });
    telemetry.log('error', 'trigger.dead_lettered', { function: byName.get(trigger)?.target ?? trigger });
  }

  const pump = new DeliveryPump<TriggerEntry>({
    name: 'triggers',
    clock,
    deliver,
    lanes: triggers.map(({ name }) => ({ name, maxConcurrent: MAX_OUTSTANDING })),
    work: { compose, countAttempt, settle },
    prepare: async (now) => {
      if (expander === undefined) return null;
      const { entries, hasMore } = await expander.expand();
      ready?.add(entries);
      if (hasMore) return now;
      return pollForeignWorkMs === undefined ? null : now + pollForeignWorkMs;
    },
  });
  const ready = isHost
    ? new ReadyRows<TriggerEntry>({
        database,
        group,
        after: (id) => rows.after(id),
        add: (entry) => pump.add(entry.trigger, entry),
        pollForeignWorkMs: undefined,
      })
    : undefined;

  return {
    pump,
    noteCommit: () => pump.wake(),
    deadLetters: (limit) => rows.deadLetters(limit),
    flush: () => group.flush(),
  };
}

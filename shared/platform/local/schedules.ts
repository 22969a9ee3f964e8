import { toInstant } from '#shared/model/instant.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { ScheduleTopology } from '#shared/ports/topology.ts';
import { createSchema } from './create-schema.ts';
import type { DeliveringPortOptions } from './delivering-port.ts';
import type { DeliveryEntry } from './delivery-lane.ts';
import { DeliveryPump } from './delivery-pump.ts';
import { GroupCommit } from './group-commit.ts';
import { LazyWrites } from './lazy-writes.ts';
import type { LocalPump } from './local-pump.ts';

export interface LocalSchedulesOptions extends DeliveringPortOptions {
  readonly schedules: readonly ScheduleTopology[];
}

export interface LocalSchedules {
  readonly pump: LocalPump;
  /** Writes outstanding firing times. */
  flush(): void;
}

const SCHEMA =
  'CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, fired_at INTEGER NOT NULL) STRICT';

/**
 * Fires jobs as Cloud Scheduler would: never twice at a time, a missed tick once and not once per period
 * missed, a failed one not before its next time. A job that never fired is due at once, and the last firing
 * outlives the process.
 */
export function createLocalSchedules(options: LocalSchedulesOptions): LocalSchedules {
  const { database, grouping, schedules, clock, deliver, bearer, telemetry } = options;
  createSchema(database, SCHEMA);
  const group = new GroupCommit(database, { grouping });
  const lazy = new LazyWrites(group, () => telemetry.log('error', 'schedule.firing_lost'));
  const byName = new Map(schedules.map((schedule) => [schedule.name, schedule]));
  const pump = new DeliveryPump<DeliveryEntry>({
    name: 'schedules',
    clock,
    deliver,
    lanes: schedules.map(({ name }) => ({ name, maxConcurrent: 1 })),
    work: {
      compose(name, entry) {
        const schedule = byName.get(name);
        return schedule && toTick(schedule, entry.dueAt, bearer(schedule.target));
      },
      settle(name, entry, _answer, now) {
        const everyMs = byName.get(name)?.everyMs;
        if (everyMs === undefined) return undefined;
        const firedAt = entry.dueAt + Math.max(0, Math.floor((now - entry.dueAt) / everyMs)) * everyMs;
        lazy.add(() => recordFiring(name, firedAt));
        return { ...entry, dueAt: firedAt + everyMs };
      },
    },
  });

  function recordFiring(name: string, firedAt: number): void {
    const text = `INSERT INTO schedules (name, fired_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET fired_at = excluded.fired_at`;
    database.prepare(text).run(name, firedAt);
  }

  function firstDueAt({ name, everyMs }: ScheduleTopology): number {
    const row = database.prepare('SELECT fired_at FROM schedules WHERE name = ?').get(name);
    return row === undefined ? clock.now() : Number(row['fired_at']) + everyMs;
  }

  if (options.isHost) {
    for (const [id, schedule] of schedules.entries()) {
      pump.add(schedule.name, { id, dueAt: firstDueAt(schedule), attempts: 0 });
    }
  }
  return { pump, flush: () => group.flush() };
}

function toTick({ name, target, path }: ScheduleTopology, dueAt: number, authorization: string): Delivery {
  return {
    target,
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/octet-stream',
      'user-agent': 'Google-Cloud-Scheduler',
      'x-cloudscheduler': 'true',
      'x-cloudscheduler-jobname': name,
      'x-cloudscheduler-scheduletime': toInstant(dueAt),
      authorization,
    },
    body: new Uint8Array(0),
  };
}

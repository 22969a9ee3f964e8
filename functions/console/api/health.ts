import { ConcordError } from '#shared/errors/concord-error.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import type { CollectionRef } from '#shared/model/document.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { discrepancies } from '#shared/model/discrepancy.ts';
import { quarantine } from '#shared/model/intake-documents.ts';
import { isPausedAt, schedules } from '#shared/model/poll-documents.ts';
import { DISCREPANT } from '#shared/model/record-listing.ts';
import { work } from '#shared/model/work.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { PumpHealth } from '#shared/runtime/function-host.ts';
import { readDueChecks, type DueChecks } from './due-checks.ts';
import { WAKE_SHARDS } from '#shared/workflows/sync-record/wake.ts';

/** How the mesh stands. `unknown` is said when it cannot be read, and is never green (M7). */
export type HealthState = 'operational' | 'degraded' | 'down' | 'unknown';

/** Why the state is not `operational`. */
export type HealthReason =
  | 'pump_stopped'
  | 'debts_overdue'
  | 'schedules_overdue'
  | 'checks_overdue'
  | 'quarantine_waiting'
  | 'store_unreachable';

export interface Health {
  readonly overall: { readonly state: HealthState; readonly reasons: readonly HealthReason[] };
  readonly asOf: Instant;
  readonly pumps: readonly {
    readonly name: string;
    readonly alive: boolean;
    readonly lastTurnAt: Instant | null;
    /** Deliveries that wait or are under way: the lag of what the pump moves. */
    readonly undelivered: number;
  }[];
  /** Work that should have been served long ago; null when it cannot be read. */
  readonly debts: { readonly overdue: number; readonly oldestDueAt: Instant | null } | null;
  /** Polls and ticks that should have come about, and paused ones; null when they cannot be read. */
  readonly cycles: { readonly overdue: number; readonly paused: number } | null;
  /** Records whose checks are due; null when they cannot be counted. */
  readonly checks: DueChecks | null;
  /** Discrepancies on the work queue, by class; null when they cannot be counted. */
  readonly discrepancies: Readonly<Record<string, number>> | null;
  /** What waits for an operator; null when it cannot be read. */
  readonly quarantine: { readonly total: number; readonly deadLetters: number } | null;
}

/** A debt is overdue when the watchdog had two turns to drive it. */
const OVERDUE_AFTER_MS = 120_000;

/** A client polls a few streams of a few types. */
const MOST_SCHEDULES = 500;

/** Reads how the mesh stands. Does not throw when the store cannot be read: that is what it reports then. */
export async function readHealth(
  ports: Pick<Ports, 'store' | 'clock'>,
  pumps: readonly PumpHealth[],
): Promise<Health> {
  const now = ports.clock.now();
  const [debts, cycles, checks, differing, waiting] = await Promise.all([
    orNull(readDebts(ports.store, now)),
    orNull(readCycleHealth(ports.store, now)),
    orNull(readDueChecks(ports.store, now)),
    orNull(countDiscrepancies(ports.store)),
    orNull(readQuarantine(ports.store)),
  ]);
  return {
    overall: overallOf(pumps, { debts, cycles, checks, discrepancies: differing, quarantine: waiting }),
    asOf: toInstant(now),
    pumps: pumps.map((pump) => ({ ...pump, lastTurnAt: instantOrNull(pump.lastTurnAt) })),
    debts,
    cycles,
    checks,
    discrepancies: differing,
    quarantine: waiting,
  };
}

function overallOf(
  pumps: readonly PumpHealth[],
  read: Pick<Health, 'debts' | 'cycles' | 'checks' | 'discrepancies' | 'quarantine'>,
): Health['overall'] {
  const { debts, cycles, checks, quarantine: waiting } = read;
  const reasons: HealthReason[] = [];
  const isStopped = pumps.some(({ alive }) => !alive);
  const isUnreadable = Object.values(read).includes(null);
  if (isStopped) reasons.push('pump_stopped');
  if (isUnreadable) reasons.push('store_unreachable');
  if (debts !== null && debts.overdue > 0) reasons.push('debts_overdue');
  if (cycles !== null && cycles.overdue > 0) reasons.push('schedules_overdue');
  if (checks !== null && checks.overdue > 0) reasons.push('checks_overdue');
  if (waiting !== null && waiting.total > 0) reasons.push('quarantine_waiting');
  if (isStopped) return { state: 'down', reasons };
  if (isUnreadable) return { state: 'unknown', reasons };
  return { state: reasons.length === 0 ? 'operational' : 'degraded', reasons };
}

/** A document that owes something; records' work and runs do. */
interface Owing {
  readonly wakeAt: number | null;
}

/** Times that only rise are indexed per shard, so the question is asked per shard. */
async function readDebts(store: Ports['store'], now: number): Promise<NonNullable<Health['debts']>> {
  const owing: readonly CollectionRef<Owing>[] = [work.ref, workflowRuns.ref];
  const shards = Array.from({ length: WAKE_SHARDS }, (_, shard) => shard);
  const parts = await Promise.all(
    owing.flatMap((from) => shards.map((shard) => readShard(store, from, shard, now - OVERDUE_AFTER_MS))),
  );
  const dueAts = parts.map(({ oldestDueAt }) => oldestDueAt).filter((dueAt) => dueAt !== null);
  return {
    overdue: parts.reduce((sum, { overdue }) => sum + overdue, 0),
    oldestDueAt: instantOrNull(dueAts.length === 0 ? null : Math.min(...dueAts)),
  };
}

async function readShard(
  store: Ports['store'],
  from: CollectionRef<Owing>,
  shard: number,
  before: number,
): Promise<{ readonly overdue: number; readonly oldestDueAt: number | null }> {
  const where = [
    ['wakeShard', '==', shard],
    ['wakeAt', '<=', before],
  ] as const;
  const [oldest] = await store.query({ from, where, orderBy: [['wakeAt', 'asc']], limit: 1 });
  if (oldest === undefined) return { overdue: 0, oldestDueAt: null };
  return { overdue: await store.count({ from, where }), oldestDueAt: oldest.value.wakeAt };
}

/** What is due is taken at the next tick; two of them have passed by then. */
async function readCycleHealth(store: Ports['store'], now: number): Promise<NonNullable<Health['cycles']>> {
  const stored = await store.query({ from: schedules.ref, limit: MOST_SCHEDULES });
  const paused = stored.filter(({ value }) => isPausedAt(value, now));
  const overdue = stored.filter(
    ({ value }) => !isPausedAt(value, now) && value.nextDueAt <= now - OVERDUE_AFTER_MS,
  );
  return { overdue: overdue.length, paused: paused.length };
}

async function countDiscrepancies(store: Ports['store']): Promise<Readonly<Record<string, number>>> {
  const counts = await Promise.all(
    DISCREPANT.map((verdict) =>
      store.count({
        from: discrepancies.ref,
        where: [
          ['isOpen', '==', true],
          ['class', '==', verdict],
        ],
      }),
    ),
  );
  return Object.fromEntries(DISCREPANT.map((verdict, index) => [verdict, counts[index] ?? 0]));
}

async function readQuarantine(store: Ports['store']): Promise<NonNullable<Health['quarantine']>> {
  const [total, deadLetters] = await Promise.all([
    store.count({ from: quarantine.ref }),
    store.count({ from: quarantine.ref, where: [['kind', '==', 'dead_letter']] }),
  ]);
  return { total, deadLetters };
}

/** Null stands for "cannot be told now", which the state then says. A fault of ours is none of that. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (ConcordError.is(error) && error.disposition === 'retry') return null;
    throw error;
  }
}

function instantOrNull(epochMs: number | null): Instant | null {
  return epochMs === null ? null : toInstant(epochMs);
}

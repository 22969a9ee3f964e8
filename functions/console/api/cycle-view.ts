import { toEpochMs, toInstant, type Instant } from '#shared/model/instant.ts';
import { isPausedAt, type CursorDocument, TICK_EVERY_MS } from '#shared/model/poll-documents.ts';
import { holdsAt, type Pause } from '#shared/model/settings.ts';
import type { AllowedAction } from './allowed-actions.ts';
import type { Cycle } from './cycles.ts';

/** Turns that are told ahead. */
const RUNS_AHEAD = 5;

/** What is due is taken at the next tick, and that one takes a moment itself. */
const PATIENCE_MS = 2 * TICK_EVERY_MS;

/** When a cycle came about, comes about, and what keeps it. Times that nobody knows are null. */
interface Timing {
  readonly intervalMs: number | null;
  readonly lastAt: Instant | null;
  readonly nextDueAt: Instant | null;
  /** The next turns by the clock; none while it is paused without an end. */
  readonly nextRuns: readonly Instant[];
  /** Milliseconds since it should have come about; null while it is in time or paused. */
  readonly overdueBy: number | null;
  /** Null while it is not paused. A pause that nobody signed has no members. */
  readonly paused: Partial<Pause> | null;
}

/** A cycle as it is told at `now`, epoch milliseconds. */
export function cycleView(cycle: Cycle, now: number): object {
  const { id, kind } = cycle;
  return {
    id,
    kind,
    ...subjectOf(cycle),
    ...timingOf(cycle, now),
    ...troubleOf(cycle),
    allowedActions: cycleActions(cycle, now),
  };
}

/** What may be done to a cycle as it stands. */
export function cycleActions(cycle: Cycle, now: number): readonly AllowedAction[] {
  if (cycle.kind === 'check')
    return refusedAll('Each record is checked at a time of its own; check records instead.');
  if (cycle.kind === 'tick')
    return refusedAll('It carries everything that is owed; pause a poll, a sweep or a system instead.');
  const isPaused = pauseOf(cycle, now) !== null;
  const stored = cycle.kind === 'poll' ? cycle.schedule : cycle.sweep;
  const unborn = stored === undefined ? 'It has not begun yet; its first turn is within a minute.' : null;
  return [
    action('pause', unborn ?? (isPaused ? 'It is paused already; resume it first.' : null)),
    action('resume', unborn ?? (isPaused ? null : 'It is not paused.')),
    action('run-now', unborn ?? (isPaused ? 'It is paused; resume it first.' : null)),
  ];
}

/** How long a poll is behind its vendor's clock as far as ours can tell; null before the first has ended. */
export function lagOf(cursor: CursorDocument | undefined, now: number): number | null {
  return cursor?.watermark == null ? null : Math.max(0, now - toEpochMs(cursor.watermark));
}

/** What keeps a cycle from coming about; null when nothing does. */
function pauseOf(cycle: Cycle, now: number): Partial<Pause> | null {
  if (cycle.kind === 'sweep') {
    const pause = cycle.sweep?.value.pause;
    return pause != null && holdsAt(pause, now) ? pause : null;
  }
  if (cycle.kind === 'check' || cycle.schedule === undefined) return null;
  return isPausedAt(cycle.schedule.value, now) ? (cycle.schedule.value.pause ?? {}) : null;
}

function subjectOf(cycle: Cycle): object {
  switch (cycle.kind) {
    case 'poll': {
      const { system, type, stream } = cycle.stream;
      return { function: 'poller', system, type, stream };
    }
    case 'sweep':
      return { function: 'drift-checker', system: cycle.system, type: cycle.type };
    case 'check': {
      const { targetMs, minMs, maxMs } = cycle.cadence;
      return {
        function: 'drift-checker',
        type: cycle.type,
        dimension: cycle.dimension,
        targetMs,
        minMs,
        maxMs,
      };
    }
    case 'tick':
      return { function: cycle.function };
  }
}

function timingOf(cycle: Cycle, now: number): Timing {
  if (cycle.kind === 'check')
    return { intervalMs: null, lastAt: null, nextDueAt: null, nextRuns: [], overdueBy: null, paused: null };
  const paused = pauseOf(cycle, now);
  const { intervalMs, lastAt, dueAt } = timesOf(cycle);
  const isLate = dueAt !== null && paused === null && now - dueAt > PATIENCE_MS;
  return {
    intervalMs,
    lastAt,
    nextDueAt: dueAt === null ? null : toInstant(dueAt),
    nextRuns: runsAhead(dueAt, intervalMs, paused, now),
    overdueBy: isLate ? now - dueAt : null,
    paused,
  };
}

interface Times {
  readonly intervalMs: number;
  readonly lastAt: Instant | null;
  /** Epoch milliseconds. */
  readonly dueAt: number | null;
}

function timesOf(cycle: Exclude<Cycle, { kind: 'check' }>): Times {
  switch (cycle.kind) {
    case 'poll':
      return {
        intervalMs: cycle.stream.everyMs,
        lastAt: cycle.cursor?.lastPollAt ?? null,
        dueAt: cycle.schedule?.value.nextDueAt ?? null,
      };
    case 'sweep': {
      const sweep = cycle.sweep?.value;
      // One that is under way is carried further at every tick, or when its vendor may be asked again.
      const dueAt = sweep?.open == null ? sweep?.nextDueAt : Math.max(sweep.notBefore, sweep.open.startedAt);
      const startedAt = sweep?.open?.startedAt;
      return {
        intervalMs: cycle.everyMs,
        lastAt: startedAt === undefined ? null : toInstant(startedAt),
        dueAt: dueAt ?? null,
      };
    }
    case 'tick':
      return {
        intervalMs: cycle.everyMs,
        lastAt: cycle.schedule?.value.lastAt ?? null,
        dueAt: cycle.schedule?.value.nextDueAt ?? null,
      };
  }
}

function runsAhead(
  dueAt: number | null,
  everyMs: number,
  paused: Partial<Pause> | null,
  now: number,
): readonly Instant[] {
  if (dueAt === null) return [];
  if (paused !== null && paused.until == null) return [];
  const endsAt = paused?.until == null ? now : toEpochMs(paused.until);
  const first = Math.max(dueAt, endsAt);
  return Array.from({ length: RUNS_AHEAD }, (_, turn) => toInstant(first + turn * everyMs));
}

function troubleOf(cycle: Cycle): object {
  if (cycle.kind === 'poll') {
    const { failures = 0, failure = null, open = null } = cycle.cursor ?? {};
    return {
      failures,
      failure,
      underWay: open === null ? null : { since: open.since, until: open.until },
    };
  }
  if (cycle.kind !== 'sweep') return {};
  const { failures = 0, open = null } = cycle.sweep?.value ?? {};
  return {
    failures,
    underWay:
      open === null
        ? null
        : { startedAt: toInstant(open.startedAt), listed: open.listed, unknown: open.unknown },
  };
}

function refusedAll(reason: string): readonly AllowedAction[] {
  return ['pause', 'resume', 'run-now'].map((name) => action(name, reason));
}

function action(name: string, reason: string | null): AllowedAction {
  return { action: name, allowed: reason === null, reason };
}

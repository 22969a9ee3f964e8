import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import type { SystemId } from '#shared/model/ids.ts';
import {
  CHANGE_STREAMS,
  isPausedAt,
  pollScheduleRef,
  type ScheduleDocument,
} from '#shared/model/poll-documents.ts';
import { create } from '#shared/ports/document-store.ts';
import { backgroundDraw, closeWindow, drawCalls } from '../draw-calls.ts';
import { pollChanges, type PollAllowance, type PollOutcome } from './poll-changes.ts';
import { pollStreams, type PollContext, type PollStream } from './poll-streams.ts';

/** Whose tick takes polls. */
const POLLER = 'poller';

/** No page is asked for later than this in a tick, so that it ends before the next. */
const TICK_WITHIN_MS = 40_000;

/** Ticks come a little early at times; what is due within this is due. */
const EARLY_MS = 5_000;

/**
 * Polls everything that is due, systems beside each other and one stream after the other within a system.
 *
 * @param now our time, epoch milliseconds.
 * @returns how many streams were polled.
 * @throws ConcordError of store and bus, after every stream had its turn.
 */
export async function pollDue(context: PollContext, now: number): Promise<number> {
  const due = await dueStreams(context, now);
  const allowances = allowancesOf(context, now);
  const systems = new Set(due.map(({ system }) => system));
  const results = await Promise.all(
    [...systems].map((system) =>
      pollOneByOne(context, due.filter((stream) => stream.system === system).toSorted(byUrgency), allowances),
    ),
  );
  const failure = results.flat().find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return due.length;
}

/** What people change of any type before what they threw away: a bin is listed whole, and may take all there is. */
function byUrgency(a: PollStream, b: PollStream): number {
  return CHANGE_STREAMS.indexOf(a.stream) - CHANGE_STREAMS.indexOf(b.stream);
}

async function pollOneByOne(
  context: PollContext,
  streams: readonly PollStream[],
  allowanceOf: (stream: PollStream) => PollAllowance,
): Promise<readonly PromiseSettledResult<PollOutcome>[]> {
  const results: PromiseSettledResult<PollOutcome>[] = [];
  for (const stream of streams) {
    const [result] = await Promise.allSettled([pollChanges(context, stream, allowanceOf(stream))]);
    const { system, type: entityType } = stream;
    const outcome = result.status === 'fulfilled' ? result.value : 'error';
    context.ports.telemetry.count('polls', { system, entityType, stream: stream.stream, outcome });
    results.push(result);
  }
  return results;
}

/** What is due stands in `schedules`; what the client has polled and has no schedule yet gets one that is due. */
async function dueStreams(context: PollContext, now: number): Promise<readonly PollStream[]> {
  const streams = pollStreams(context);
  if (streams.length === 0) return [];
  const stored = await context.ports.store.getAll(streams.map(pollScheduleRef));
  const due: PollStream[] = [];
  for (const [index, stream] of streams.entries()) {
    const schedule = stored[index]?.value ?? (await newSchedule(context, stream, now));
    if (!isPausedAt(schedule, now) && schedule.nextDueAt <= now + EARLY_MS) due.push(stream);
  }
  return due;
}

async function newSchedule(
  { ports }: PollContext,
  stream: PollStream,
  now: number,
): Promise<ScheduleDocument> {
  const schedule: ScheduleDocument = { function: POLLER, nextDueAt: now, isPaused: false };
  try {
    await ports.store.commit([create(pollScheduleRef(stream), schedule)]);
  } catch (error) {
    if (!ConcordError.is(error, ErrorCode.alreadyExists)) throw error;
  }
  return schedule;
}

/** Calls of a minute that polls leave to checks, however much there is to list. */
const SPARED_FOR_CHECKS = 1;

/**
 * Pages are limited twice: for each stream of a system, its types together, because a vendor limits its searches and
 * lists; and by what is left of the system's budget, which polls share with checks. What was not granted is asked
 * for at the next tick, since nothing moves on.
 */
function allowancesOf(context: PollContext, now: number): (stream: PollStream) => PollAllowance {
  const { store, clock } = context.ports;
  const left = new Map<string, number>();
  const nameOf = (system: SystemId, stream: string): string => `${system}:${stream}`;
  return ({ system, stream, capabilities, calls }) => {
    const draw = () => backgroundDraw(context, calls, SPARED_FOR_CHECKS);
    return {
      now,
      async takePage() {
        const pages = left.get(nameOf(system, stream)) ?? capabilities.pagesPerMinute;
        if (pages <= 0 || clock.now() - now >= TICK_WITHIN_MS) return false;
        if ((await drawCalls(store, draw(), 1)) === 0) return false;
        left.set(nameOf(system, stream), pages - 1);
        return true;
      },
      closeMinute: () => closeWindow(store, draw()),
    };
  };
}

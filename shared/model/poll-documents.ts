import { defineCollection, type DocumentRef } from './document.ts';
import type { EntityType, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import { holdsAt, type Pause } from './settings.ts';

/**
 * What a system can list for polls. `modified`: objects by their modified time. `archived`: objects in the
 * vendor's recycle bin, by the time they got there.
 */
export const CHANGE_STREAMS = ['modified', 'archived'] as const;
export type ChangeStream = (typeof CHANGE_STREAMS)[number];

/** What is polled: one stream of one entity type in one system. */
export interface PollTarget {
  readonly system: SystemId;
  readonly type: EntityType;
  readonly stream: ChangeStream;
}

/** A span of vendor time in which every change was published. Both ends are included. */
export interface CoveredSpan {
  /** Null: from the beginning of time. */
  readonly from: Instant | null;
  readonly to: Instant;
}

/** A poll that was begun and has not reached its end: the next tick goes on where it stopped. */
export interface OpenPoll {
  /** Vendor time it began to list at; null for the beginning of time. */
  readonly since: Instant | null;
  /** Vendor time at which it began. What changes later belongs to the next poll. */
  readonly until: Instant;
  /** The connector's own mark of the next page. */
  readonly continuation: string;
}

/** How far polling has come. Moved by compare-and-swap on its version, after what it stands for was published. */
export interface CursorDocument extends PollTarget {
  /** Every change up to this vendor time was published; null until the first poll has ended. Never goes back. */
  readonly watermark: Instant | null;
  /** Oldest first, apart from each other, at most {@link SPANS_KEPT}. */
  readonly coverage: readonly CoveredSpan[];
  readonly open: OpenPoll | null;
  /** Keys of what was published and will be listed again because the next poll begins below the watermark. */
  readonly recent: readonly string[];
  /** Failed calls in a row; being rate limited is no failure. */
  readonly failures: number;
  /** Code of the last failure, null after a success. */
  readonly failure: string | null;
  /** Our time at which the last poll ended. */
  readonly lastPollAt: Instant | null;
}

/** Spans that a cursor remembers. Gaps are rare; of too many the oldest is forgotten, which claims less than is true. */
export const SPANS_KEPT = 20;

/** Keys that a cursor remembers: about 260 KB with the longest ids. What is forgotten is published twice and deduplicated. */
export const RECENT_KEPT = 5_000;

export const cursors = defineCollection<CursorDocument>({
  name: 'cursors',
  indexes: [],
  unindexed: ['coverage', 'open', 'recent'],
  ttlField: null,
  // Native ids of what was just published; gone with the next polls.
  erasure: 'keep_without_personal_data',
});

/** `cursors/hubspot:customer`, `cursors/hubspot:customer:archived`. */
export function cursorRef(target: PollTarget): DocumentRef<CursorDocument> {
  return cursors.at(nameOfTarget(target));
}

/** What a function does by the clock: the job's tick takes what is due. */
export interface ScheduleDocument {
  /** Function whose tick takes it. */
  readonly function: string;
  /** Epoch milliseconds, our clock. */
  readonly nextDueAt: number;
  /** Whether it is left alone although it is due. */
  readonly isPaused: boolean;
  /** Who paused it, why and until when, where a person did. */
  readonly pause?: Pause | null;
  /** When it last came about, where nothing else tells. */
  readonly lastAt?: Instant;
}

/** Whether a schedule is left alone at `now`, epoch milliseconds: a pause may end by itself. */
export function isPausedAt({ isPaused, pause }: ScheduleDocument, now: number): boolean {
  return isPaused && (pause == null || holdsAt(pause, now));
}

export const schedules = defineCollection<ScheduleDocument>({
  name: 'schedules',
  indexes: [],
  unindexed: ['pause', 'lastAt'],
  ttlField: null,
  erasure: 'holds_none',
});

/** `schedules/poll:hubspot:customer`. */
export function pollScheduleRef(target: PollTarget): DocumentRef<ScheduleDocument> {
  return schedules.at(`poll:${nameOfTarget(target)}`);
}

/** Functions that a clock calls. */
export const TICKING = ['drift-checker', 'poller', 'watchdog'] as const;

/** Milliseconds from one of their ticks to the next, as their manifests declare it. */
export const TICK_EVERY_MS = 60_000;

/** `schedules/tick:watchdog`. */
export function tickRef(name: (typeof TICKING)[number]): DocumentRef<ScheduleDocument> {
  return schedules.at(`tick:${name}`);
}

function nameOfTarget({ system, type, stream }: PollTarget): string {
  return stream === 'modified' ? `${system}:${type}` : `${system}:${type}:${stream}`;
}

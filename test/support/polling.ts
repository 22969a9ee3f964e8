import type { ChangedObject, ChangeFeed, ChangePage, ChangeRequest } from '#shared/connectors/change-feed.ts';
import { EntityType, NativeId, SystemId } from '#shared/model/ids.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import type { ChangeEvent } from '#shared/model/source-event.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { COLLECTIONS } from '#shared/runtime/collections.ts';
import { pollStreams, type PollCadence, type PollContext } from '#shared/workflows/intake/poll-streams.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createRecordingTelemetry, type RecordingTelemetry } from './recording-telemetry.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';

export const START = Date.UTC(2026, 10, 20, 10);
const HUBSPOT = SystemId('hubspot');
const CUSTOMER = EntityType('customer');

/** What a vendor answers to one call: a page, an error, or what a function makes of the call. */
export type Listed = Partial<ChangePage> | Error | ((request: ChangeRequest) => Promise<Partial<ChangePage>>);

/** Polling over an embedded store in memory, a bus that keeps what it is given, and a vendor that answers as told. */
export interface PollSetup {
  readonly context: PollContext;
  readonly clock: ManualClock;
  readonly store: DocumentStore;
  readonly telemetry: RecordingTelemetry;
  readonly published: ChangeEvent[];
  readonly asked: readonly ChangeRequest[];
  /** Answers of the calls to come; what comes after the last is an empty last page. */
  answer(...answers: readonly Listed[]): void;
  /** Fails the next publish, before or after the messages are durable. */
  breakBus(when: 'before' | 'after'): void;
}

export interface PollLimits {
  readonly pagesPerMinute?: number;
  readonly backgroundCallsPerMinute?: number;
  /** @default 1 */
  readonly timeResolutionMs?: number;
}

export function createPollSetup(
  cadence: PollCadence = { everyMs: 60_000 },
  { pagesPerMinute = 10, backgroundCallsPerMinute = 100, timeResolutionMs = 1 }: PollLimits = {},
): PollSetup {
  const clock = createManualClock(START);
  const telemetry = createRecordingTelemetry();
  const store = createLocalDocumentStore({
    database: openDatabase({ file: ':memory:', durability: 'relaxed' }),
    clientId: 'demo',
    collections: COLLECTIONS,
    clock,
  });
  const published: ChangeEvent[] = [];
  const asked: ChangeRequest[] = [];
  let answers: Listed[] = [];
  let broken: 'before' | 'after' | null = null;
  const feed: ChangeFeed = {
    streams: { modified: { lagMs: 30_000, pagesPerMinute, tellsMerges: true } },
    async list(request) {
      asked.push(request);
      const given = answers.shift() ?? {};
      if (given instanceof Error) throw given;
      const page = typeof given === 'function' ? await given(request) : given;
      return { changed: [], continuation: null, answeredAt: toInstant(clock.now()), ...page };
    },
  };
  return {
    clock,
    store,
    telemetry,
    published,
    asked,
    answer: (...given) => {
      answers = [...given];
    },
    breakBus: (when) => {
      broken = when;
    },
    context: {
      ports: {
        store,
        clock,
        telemetry,
        bus: {
          async publish(_topic, messages) {
            const failing = broken;
            broken = null;
            if (failing === 'before') throw new Error('The bus is away.');
            published.push(...messages.map(({ body }) => body as unknown as ChangeEvent));
            if (failing === 'after') throw new Error('The bus is away.');
            return messages.map((_, index) => String(index));
          },
        },
      },
      client: { mappings: { [HUBSPOT]: [hubspotCustomer] }, polling: { [HUBSPOT]: cadence } },
      connectors: new Map([
        [
          HUBSPOT,
          {
            changes: feed,
            reader: { capabilities: { system: HUBSPOT, backgroundCallsPerMinute, timeResolutionMs } },
          },
        ],
      ]),
    },
  };
}

/** The one stream of a setup. */
export function onlyStream({ context }: PollSetup) {
  const [stream] = pollStreams(context);
  if (stream === undefined) throw new Error('Nothing is polled.');
  return stream;
}

/** A contact that changed so long before the start. */
export function changed(id: string, agoMs: number, more: Partial<ChangedObject> = {}): ChangedObject {
  return { nativeId: NativeId(id), change: 'changed', at: ago(agoMs), replaces: [], ...more };
}

export function ago(ms: number): Instant {
  return toInstant(START - ms);
}

export const TARGET = { system: HUBSPOT, type: CUSTOMER, stream: 'modified' } as const;

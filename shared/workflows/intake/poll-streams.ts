import type { ChangeFeed, StreamCapabilities } from '#shared/connectors/change-feed.ts';
import type { ConnectorCapabilities, EntityMapping } from '#shared/connectors/connector.ts';
import type { CallBudget } from '#shared/model/budget.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { CHANGE_STREAMS, type PollTarget } from '#shared/model/poll-documents.ts';
import type { Ports } from '#shared/ports/ports.ts';

/** How a client has one of its systems polled. */
export interface PollCadence {
  /** Milliseconds from poll to poll; what is shorter than the poller's tick of a minute is a minute. */
  readonly everyMs: number;
  /** How far below the watermark each poll begins, milliseconds. @default 120000, what integrators hold to be enough */
  readonly overlapMs?: number;
  /** How far the watermark stays behind the vendor's clock, milliseconds. @default the lag that the connector declares */
  readonly settleMs?: number;
}

/** What polling needs. A part of what the functions are built from. */
export interface PollContext {
  readonly ports: Pick<Ports, 'store' | 'bus' | 'clock' | 'telemetry'>;
  readonly client: {
    readonly mappings: Readonly<Record<SystemId, readonly EntityMapping[]>>;
    /** A system that is missing is not polled. */
    readonly polling?: Readonly<Record<SystemId, PollCadence>>;
    readonly callBudgets?: Readonly<Record<SystemId, CallBudget>>;
  };
  readonly connectors: ReadonlyMap<SystemId, PolledConnector>;
}

interface PolledConnector {
  readonly changes: ChangeFeed;
  readonly reader: { readonly capabilities: PolledCapabilities };
}

type PolledCapabilities = Pick<
  ConnectorCapabilities,
  'system' | 'backgroundCallsPerMinute' | 'timeResolutionMs'
>;

/** The part of a context that says what is polled. */
type PolledBy = Pick<PollContext, 'connectors'> & {
  readonly client: Pick<PollContext['client'], 'mappings' | 'polling'>;
};

/** One thing that is polled, and how. */
export interface PollStream extends PollTarget {
  readonly feed: ChangeFeed;
  readonly capabilities: StreamCapabilities;
  /** What the system allows to polls and checks together, and how fine its times are. */
  readonly calls: PolledCapabilities;
  readonly everyMs: number;
  readonly overlapMs: number;
  readonly settleMs: number;
}

const OVERLAP_MS = 2 * 60_000;

/**
 * The recycle bin is listed whole, and webhooks tell of deletions at once, so it is looked through less often.
 */
const ARCHIVED_EVERY = 15;

/** Everything that a client has polled. */
export function pollStreams({ client, connectors }: PolledBy): readonly PollStream[] {
  return Object.entries(client.polling ?? {}).flatMap(([name, cadence]) => {
    const system = name as SystemId;
    const connector = connectors.get(system);
    if (connector === undefined) return [];
    const { changes: feed, reader } = connector;
    return (client.mappings[system] ?? []).flatMap(({ type }) =>
      CHANGE_STREAMS.flatMap((stream): readonly PollStream[] => {
        const capabilities = feed.streams[stream];
        if (capabilities === undefined) return [];
        return [
          {
            system,
            type,
            stream,
            feed,
            capabilities,
            calls: reader.capabilities,
            everyMs: cadence.everyMs * (stream === 'archived' ? ARCHIVED_EVERY : 1),
            overlapMs: cadence.overlapMs ?? OVERLAP_MS,
            settleMs: cadence.settleMs ?? capabilities.lagMs,
          },
        ];
      }),
    );
  });
}

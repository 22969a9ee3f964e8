import { cadenceOf } from '#shared/authority/check-policy.ts';
import { dimensionKey } from '#shared/authority/modes.ts';
import type { Dimension, EntityType, SystemId } from '#shared/model/ids.ts';
import {
  cursorRef,
  pollScheduleRef,
  TICK_EVERY_MS,
  TICKING,
  tickRef,
  type CursorDocument,
  type ScheduleDocument,
} from '#shared/model/poll-documents.ts';
import { sweepRef, type SweepDocument } from '#shared/model/sweep.ts';
import type { DocumentStore, Snapshot } from '#shared/ports/document-store.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { SWEEP_EVERY_MS } from '#shared/workflows/check-drift/sweep.ts';
import { pollStreams, type PollStream } from '#shared/workflows/intake/poll-streams.ts';

/** Something that is done by the clock, with what is stored of it. */
export type Cycle =
  | {
      readonly kind: 'poll';
      readonly id: string;
      readonly stream: PollStream;
      readonly schedule: Snapshot<ScheduleDocument> | undefined;
      readonly cursor: CursorDocument | undefined;
    }
  | {
      readonly kind: 'sweep';
      readonly id: string;
      readonly system: SystemId;
      readonly type: EntityType;
      readonly everyMs: number;
      readonly sweep: Snapshot<SweepDocument> | undefined;
    }
  /** Each record has a time of its own. */
  | {
      readonly kind: 'check';
      readonly id: string;
      readonly type: EntityType;
      readonly dimension: Dimension;
      readonly cadence: ReturnType<typeof cadenceOf>;
    }
  /** The turn of a function, in which it takes what is due. */
  | {
      readonly kind: 'tick';
      readonly id: string;
      readonly function: (typeof TICKING)[number];
      readonly everyMs: number;
      readonly schedule: Snapshot<ScheduleDocument> | undefined;
    };

type Declared = Pick<FunctionContext, 'client' | 'connectors'>;

/** Everything that is done by the clock for a client, in one read. */
export async function readCycles(store: DocumentStore, declared: Declared): Promise<readonly Cycle[]> {
  const [polls, sweeps, ticks] = await Promise.all([
    readPolls(store, declared),
    readSweeps(store, declared),
    readTicks(store),
  ]);
  return [...polls, ...sweeps, ...checksOf(declared), ...ticks];
}

/** The polls of a client, or of one of its systems. */
export async function readPolls(
  store: DocumentStore,
  declared: Declared,
  only?: SystemId,
): Promise<readonly Extract<Cycle, { kind: 'poll' }>[]> {
  const streams = pollStreams(declared).filter(({ system }) => only === undefined || system === only);
  const [stored, cursors] = await Promise.all([
    store.getAll(streams.map(pollScheduleRef)),
    store.getAll(streams.map(cursorRef)),
  ]);
  return streams.map((stream, index) => ({
    kind: 'poll',
    id: idOf(pollScheduleRef(stream).path),
    stream,
    schedule: stored[index],
    cursor: cursors[index]?.value,
  }));
}

async function readSweeps(
  store: DocumentStore,
  { client }: Declared,
): Promise<readonly Extract<Cycle, { kind: 'sweep' }>[]> {
  const targets = client.systems.flatMap((system) =>
    (client.mappings[system] ?? []).map(({ type }) => ({ system, type })),
  );
  const stored = await store.getAll(targets.map(({ system, type }) => sweepRef(system, type)));
  return targets.map((target, index) => ({
    kind: 'sweep',
    id: `sweep:${target.system}:${target.type}`,
    ...target,
    everyMs: client.sweepEveryMs ?? SWEEP_EVERY_MS,
    sweep: stored[index],
  }));
}

function checksOf({ client }: Declared): readonly Cycle[] {
  return client.entities.flatMap((policy) => {
    const dimensions = new Set([
      policy.presenceDimension,
      ...policy.fields.map(({ dimension }) => dimension),
    ]);
    return [...dimensions].map((dimension): Cycle => ({
      kind: 'check',
      id: `check:${dimensionKey(policy.type, dimension)}`,
      type: policy.type,
      dimension,
      cadence: cadenceOf(policy, dimension),
    }));
  });
}

async function readTicks(store: DocumentStore): Promise<readonly Cycle[]> {
  const stored = await store.getAll(TICKING.map(tickRef));
  return TICKING.map((name, index) => ({
    kind: 'tick',
    id: `tick:${name}`,
    function: name,
    everyMs: TICK_EVERY_MS,
    schedule: stored[index],
  }));
}

/** `schedules/poll:hubspot:customer` is `poll:hubspot:customer`. */
function idOf(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

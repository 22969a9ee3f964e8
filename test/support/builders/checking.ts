/** Records whose checks are due, and what it takes to look at them. */
import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { BatchReadResult, Connector } from '#shared/connectors/connector.ts';
import { NativeId, RecordId, type SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import type { Message } from '#shared/ports/event-bus.ts';
import { set } from '#shared/ports/document-store.ts';
import type { CheckContext } from '#shared/workflows/check-drift/context.ts';
import { withChecks } from '#shared/workflows/check-drift/note-checks.ts';
import { wakeShardOf } from '#shared/workflows/sync-record/wake.ts';
import { aConnector } from './connectors.ts';
import { aContext, type TestContext } from './contexts.ts';
import { aField, aPolicy, HUBSPOT, IDENTITY, latest, PHONE, PROFILE, SHOPIFY } from './policies.ts';
import { aRecordOf, aRepresentation, minute, says } from './records.ts';
import { aWork } from './work.ts';
import { steady } from './worlds.ts';

const CADENCE = { targetMs: 8 * 60_000, minMs: 60_000, maxMs: 6 * 60_000 };

/** One field that both systems may edit, looked at every six minutes. */
export const checkedPolicy: EntityPolicy = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY))], {
  checks: { [PROFILE]: CADENCE, [IDENTITY]: CADENCE },
});

/** A record that both systems hold as `says`, verified in minute 1. */
export function aCheckedRecord(
  name = '01',
  text = 'a',
  differing: Partial<RecordDocument> = {},
): RecordDocument {
  const verdict = { verdict: 'in_sync' as const, cause: 'equal' as const, fields: {}, verifiedAt: minute(1) };
  return aRecordOf(
    PHONE,
    text,
    { [HUBSPOT]: steady(text), [SHOPIFY]: steady(text) },
    {
      id: RecordId(`rec_${name}`),
      links: Object.fromEntries(
        [HUBSPOT, SHOPIFY].map((system) => [
          system,
          { ...LINK, nativeId: nativeIdOf(system, name), linkedAt: minute(0) },
        ]),
      ),
      representations: Object.fromEntries(
        [HUBSPOT, SHOPIFY].map((system) => [system, representationOf(system, name, text)]),
      ),
      verdicts: { [PROFILE]: verdict, [IDENTITY]: verdict },
      ...differing,
    },
  );
}

const LINK = { state: 'active', deniedAt: null, evidence: 'email' } as const;

function nativeIdOf(system: SystemId, name: string): NativeId {
  return NativeId(`${system}-${name}`);
}

function representationOf(system: SystemId, name: string, text: string): Representation {
  return aRepresentation(
    { [PHONE]: says(text) },
    { nativeId: nativeIdOf(system, name), observedAt: minute(1) },
  );
}

/** What is owed for such a record: nothing but its checks, due since minute 7. */
export function itsWork(
  record: RecordDocument,
  differing: Partial<WorkDocument> = {},
  observedAt: Instant = minute(1),
): WorkDocument {
  const work = aWork({
    recordId: record.id,
    wakeShard: wakeShardOf(record.id),
    observedAt: { [HUBSPOT]: observedAt, [SHOPIFY]: observedAt },
  });
  const recordVersion = record.historyCount;
  const now = toEpochMs(minute(1));
  const checked = withChecks(work, { policy: checkedPolicy, record, recordVersion, changed: new Map(), now });
  return { ...checked, ...differing };
}

/** What checking needs, over an empty store, in minute 10. */
export interface TestCheckContext extends CheckContext {
  readonly test: TestContext;
  readonly published: readonly Message[];
}

export function aCheckContext(connectors: Readonly<Record<SystemId, Connector>>): TestCheckContext {
  const test = aContext(connectors, [checkedPolicy]);
  const published: Message[] = [];
  const bus = {
    publish: async (_topic: string, messages: readonly Message[]) => {
      published.push(...messages);
      return messages.map((_, index) => String(index));
    },
  };
  return {
    ...test,
    test,
    published,
    ports: { ...test.ports, bus },
    client: { ...test.client, systems: [HUBSPOT, SHOPIFY] },
  };
}

/** Stores records with what is owed for them. */
export async function keepAll(
  { ports }: TestCheckContext,
  kept: readonly (readonly [record: RecordDocument, work: WorkDocument])[],
): Promise<void> {
  for (const [record, work] of kept)
    await ports.store.commit([set(records.at(record.id), record), set(workCollection.at(record.id), work)]);
}

/** A system that answers batch reads with what its objects say, and remembers which ids it was asked for. */
export interface BatchSystem extends Connector {
  readonly batches: (readonly NativeId[])[];
  /** What it says in place of what the records hold; `missing` for an object that is not there. */
  readonly objects: Map<NativeId, BatchReadResult>;
  /** Fails while it is set. */
  failure: Error | null;
}

/** Creates a system that holds every record as it is stored. */
export function aBatchSystem(system: SystemId, stored: readonly RecordDocument[]): BatchSystem {
  const objects = new Map(
    stored.flatMap((record): readonly [NativeId, BatchReadResult][] => {
      const representation = record.representations[system];
      return representation === undefined
        ? []
        : [[representation.nativeId, { status: 'found', representation }]];
    }),
  );
  const batches: (readonly NativeId[])[] = [];
  const scripted = aConnector({ capabilities: { system } });
  const connector: BatchSystem = {
    ...scripted,
    batches,
    objects,
    failure: null,
    reader: {
      ...scripted.reader,
      readMany: async (_type, nativeIds) => {
        batches.push(nativeIds);
        if (connector.failure !== null) throw connector.failure;
        return new Map(nativeIds.map((id) => [id, objects.get(id) ?? { status: 'missing' }]));
      },
    },
  };
  return connector;
}

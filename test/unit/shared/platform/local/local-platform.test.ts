import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeDocumentEvent } from '#shared/messaging/document-event.ts';
import { defineCollection } from '#shared/model/document.ts';
import { ClientId } from '#shared/model/ids.ts';
import { DEFAULT_ADDRESSES } from '#shared/platform/local/addresses.ts';
import { openDatabase } from '#shared/platform/local/database.ts';
import { GroupCommit } from '#shared/platform/local/group-commit.ts';
import {
  type LocalPlatform,
  type LocalPlatformOptions,
  createLocalPlatform,
} from '#shared/platform/local/index.ts';
import { MessageRows } from '#shared/platform/local/message-rows.ts';
import { create } from '#shared/ports/document-store.ts';
import type { Topology } from '#shared/ports/topology.ts';
import { LOCAL_ADDRESSES } from '#shared/runtime/addresses.ts';
import { type DeliveryRecorder, createDeliveryRecorder } from '#test/support/delivery-recorder.ts';
import { advancePumps } from '#test/support/local-delivery-setup.ts';
import { type ManualClock, createManualClock } from '#test/support/manual-clock.ts';
import { createRecordingTelemetry } from '#test/support/recording-telemetry.ts';
import { createSeededIds } from '#test/support/seeded-ids.ts';

interface Note {
  readonly text: string;
}
const notes = defineCollection<Note>({
  name: 'notes',
  indexes: [],
  unindexed: [],
  ttlField: null,
  erasure: 'delete',
});

const limits = { minBackoffMs: 1_000, maxBackoffMs: 4_000 };
const topology: Topology = {
  subscriptions: [
    {
      name: 'source-events.orchestrator',
      topic: 'source-events',
      target: 'orchestrator',
      path: '/events',
      maxDeliveryAttempts: 5,
      deadLetterTopic: null,
      ...limits,
    },
  ],
  queues: [{ name: 'hubspot-live', target: 'step-executor', maxConcurrent: 4, maxAttempts: 5, ...limits }],
  triggers: [
    {
      name: 'notes',
      target: 'change-reactor',
      path: '/notes',
      document: 'notes/{id}',
      maxDeliveryAttempts: 5,
      ...limits,
    },
  ],
  schedules: [{ name: 'watchdog-minute', target: 'watchdog', path: '/', everyMs: 60_000 }],
};

let directory: string;
let clock: ManualClock;
let recorder: DeliveryRecorder;
const opened: LocalPlatform[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'concord-'));
  clock = createManualClock();
  recorder = createDeliveryRecorder();
});

afterEach(async () => {
  for (const platform of opened.splice(0)) await platform.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(more: Partial<LocalPlatformOptions> = {}): LocalPlatform {
  const platform = createLocalPlatform({
    file: join(directory, 'demo.sqlite'),
    durability: 'relaxed',
    clientId: ClientId('demo'),
    collections: [notes],
    topology,
    clock,
    ids: createSeededIds(1, clock),
    secrets: { HUBSPOT_CLIENT_SECRET: ['s'] },
    http: { send: () => Promise.reject(new Error('no vendor here')) },
    telemetry: createRecordingTelemetry(),
    deliver: recorder.deliver,
    ...more,
  });
  opened.push(platform);
  return platform;
}

function targets(): readonly string[] {
  return recorder.received.map(({ target }) => target).toSorted();
}

describe('the embedded platform', () => {
  test('carries messages, tasks, document changes and ticks to their functions', async () => {
    const platform = open();
    const { bus, tasks, store } = platform.portsFor('webhook-ingest');

    await bus.publish('source-events', [{ body: { n: 1 } }]);
    await tasks.enqueue({ queue: 'hubspot-live', name: 't-1', target: 'step-executor', body: {} });
    await store.commit([create(notes.at('a'), { text: 'hello' })]);
    await advancePumps(clock, () => platform.pumps, 0);

    expect(targets()).toEqual(['change-reactor', 'orchestrator', 'step-executor', 'watchdog']);
    const event = recorder.received.find(({ target }) => target === 'change-reactor');
    expect(event?.headers['ce-document']).toBe('clients/demo/notes/a');
    expect(decodeDocumentEvent(event?.body ?? new Uint8Array(0)).value?.fields).toEqual({ text: 'hello' });
  });

  test('keeps everything over a restart', async () => {
    const first = open({ durability: 'full' });
    const { bus, tasks, store } = first.portsFor('webhook-ingest');
    await bus.publish('source-events', [{ body: { n: 1 } }]);
    await tasks.enqueue({ queue: 'hubspot-live', name: 't-1', target: 'step-executor', body: {} });
    await store.commit([create(notes.at('a'), { text: 'hello' })]);
    await first.close();

    const second = open();
    await advancePumps(clock, () => second.pumps, 0);

    expect(targets()).toEqual(['change-reactor', 'orchestrator', 'step-executor', 'watchdog']);
    expect((await second.portsFor('console').store.get(notes.at('a')))?.value).toEqual({ text: 'hello' });
  });

  test('gives each function its own account, and calls each with the signer of that function', async () => {
    const platform = open();
    const { bus, identity: watchdog } = platform.portsFor('watchdog');
    const { identity: orchestrator } = platform.portsFor('orchestrator');
    const audience = LOCAL_ADDRESSES.audienceOf('orchestrator');

    const caller = await orchestrator.verify(await watchdog.token(audience), audience);
    expect(caller.email).toBe(LOCAL_ADDRESSES.emailOf('fn-watchdog'));

    await bus.publish('source-events', [{ body: 1 }]);
    await platform.pumps[0]?.runOnce(clock.now());
    const token = recorder.received[0]?.headers['authorization']?.replace('Bearer ', '') ?? '';
    expect(await orchestrator.verify(token, audience)).toEqual({
      email: LOCAL_ADDRESSES.emailOf('invoke-orchestrator'),
    });
  });

  test('names accounts and audiences as the runtime does', () => {
    expect(DEFAULT_ADDRESSES.emailOf('fn-poller')).toBe(LOCAL_ADDRESSES.emailOf('fn-poller'));
    expect(DEFAULT_ADDRESSES.audienceOf('poller')).toBe(LOCAL_ADDRESSES.audienceOf('poller'));
  });

  test('refuses a second host on one file and says who holds it', () => {
    open();

    expect(() => open()).toThrow(`in use by process ${process.pid}`);
  });

  test('lets another process add work that the host then finds', async () => {
    const host = open({ isShared: true, pollForeignWorkMs: 10 });
    await advancePumps(clock, () => host.pumps, 0);
    const guest = open({ isHost: false, isShared: true });
    const { bus, store, identity } = guest.portsFor('webhook-ingest');

    await bus.publish('source-events', [{ body: 1 }]);
    await store.commit([create(notes.at('b'), { text: 'from elsewhere' })]);
    clock.advance(10);
    await advancePumps(clock, () => host.pumps, 0);

    expect(guest.pumps).toEqual([]);
    expect(targets()).toEqual(['change-reactor', 'orchestrator', 'watchdog']);
    const token = await identity.token('https://orchestrator.concord.local');
    await expect(
      host.portsFor('orchestrator').identity.verify(token, 'https://orchestrator.concord.local'),
    ).resolves.toMatchObject({});
  });

  test('in memory needs no file and takes any number of worlds', async () => {
    const worlds = [
      open({ file: ':memory:', grouping: 'sync' }),
      open({ file: ':memory:', grouping: 'sync' }),
    ];

    await worlds[0]?.portsFor('console').store.commit([create(notes.at('a'), { text: 'here' })]);

    expect(await worlds[1]?.portsFor('console').store.get(notes.at('a'))).toBeUndefined();
  });
});

/** Makes whatever transaction carries a message end as a whole, as a full disk would. */
const MESSAGES_END_THEIR_TRANSACTION = `
  CREATE TRIGGER full_disk BEFORE INSERT ON bus_deliveries BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END`;

/** Runs a store commit and a publish in one turn of the event loop, where the publish's transaction is lost. */
async function commitBesideLostPublish(
  commit: () => Promise<unknown>,
  publish: () => Promise<unknown>,
): Promise<readonly string[]> {
  const sql = new DatabaseSync(join(directory, 'demo.sqlite'), { timeout: 1_000 });
  sql.exec(MESSAGES_END_THEIR_TRANSACTION);
  sql.close();
  return (await Promise.allSettled([commit(), publish()])).map(({ status }) => status);
}

describe('a store and a bus that write in the same turn', () => {
  test('have a transaction each, as in the cloud: one lost leaves the other', async () => {
    const { bus, store } = open().portsFor('orchestrator');

    const outcomes = await commitBesideLostPublish(
      () => store.commit([create(notes.at('a'), { text: 'stays' })]),
      () => bus.publish('source-events', [{ body: 1 }]),
    );

    expect(outcomes).toEqual(['fulfilled', 'rejected']);
    expect((await store.get(notes.at('a')))?.value).toEqual({ text: 'stays' });
  });

  test('would be found out if they shared one', async () => {
    await open().close();
    const database = openDatabase({ file: join(directory, 'demo.sqlite'), durability: 'relaxed' });
    const shared = new GroupCommit(database);
    const rows = new MessageRows(database);
    database.sql.exec('CREATE TABLE notes (text TEXT)');

    const outcomes = await commitBesideLostPublish(
      () => shared.submit(() => database.prepare(`INSERT INTO notes VALUES ('lost')`).run()),
      () =>
        shared.submit(() =>
          rows.insert('source-events.orchestrator', {
            messageId: '1',
            body: '1',
            attributes: {},
            publishedAt: 0,
          }),
        ),
    );

    expect(outcomes).toEqual(['rejected', 'rejected']);
    database.close();
  });
});

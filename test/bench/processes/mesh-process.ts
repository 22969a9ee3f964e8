/**
 * The mesh as `npm start` runs it, without the vendors: one process, one durable file, every commit flushed to
 * the disk. With the argument `ingest` it holds webhook-ingest and the bus alone: what is published stays in
 * the file and nobody consumes it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '#shared/config/load-config.ts';
import { leases } from '#shared/engine/lease.ts';
import { workflowRuns } from '#shared/engine/run.ts';
import { unavailable } from '#shared/errors/faults.ts';
import type { CollectionRef } from '#shared/model/document.ts';
import { quarantine } from '#shared/model/intake-documents.ts';
import { records } from '#shared/model/record.ts';
import { work } from '#shared/model/work.ts';
import { startFrontServer } from '#shared/platform/local/front-server.ts';
import { LOCAL_ADDRESSES } from '#shared/runtime/addresses.ts';
import { createFrontDoor } from '#shared/runtime/front-door.ts';
import type { FunctionPlacement } from '#shared/runtime/function-placement.ts';
import { placeInProcess } from '#shared/runtime/in-process-functions.ts';
import { loadFunctions } from '#shared/runtime/load-functions.ts';
import { composeLocally, openPlatform } from '#shared/runtime/local-composition.ts';
import { startLocalHost } from '#shared/runtime/local-host.ts';
import { createLocalMesh } from '#shared/runtime/mesh.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { DEFAULT_MASS_GUARD, type MassGuardLimits } from '#shared/model/guard.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { loadClient } from '#shared/runtime/load-client.ts';
import { WAKE_SHARDS } from '#shared/workflows/sync-record/wake.ts';
import { serveOrders, usage } from './serve-orders.ts';

interface Mesh {
  readonly url: string;
  readonly ports: Ports;
  readonly idle: () => Promise<void>;
}

async function prepareVendors(): Promise<void> {
  const { contextOf, ...composition } = await composeLocally(loadConfig());
  const platform = openPlatform(
    { contextOf, ...composition },
    { deliver: async () => ({ status: 503 }), isHost: false, isShared: false, inMemory: true },
  );
  const { connectors } = contextOf(platform.portsFor('step-executor'));
  for (const connector of connectors.values()) await connector.prepare();
  await platform.close();
  await composition.http.close();
}

/** The bench overwrites one field of thousands: what the guard of a client must hold back is here the load. */
async function widenGuard(): Promise<void> {
  const { windowMs, losses } = DEFAULT_MASS_GUARD;
  const massGuard: MassGuardLimits = { windowMs, losses, overwrites: { count: 10_000_000, share: 1 } };
  Object.assign(await loadClient(loadConfig().client), { massGuard });
}

async function startWhole(): Promise<Mesh> {
  await widenGuard();
  await prepareVendors();
  const host = await startLocalHost({ config: loadConfig() });
  return { url: host.url, ports: host.platform.portsFor('watchdog'), idle: () => host.idle() };
}

async function startIngestAlone(): Promise<Mesh> {
  const composition = await composeLocally(loadConfig());
  const platform = openPlatform(composition, {
    deliver: () => Promise.reject(unavailable('Whoever consumes')),
    isHost: false,
    isShared: false,
    inMemory: false,
  });
  const functions = (await loadFunctions()).filter(({ manifest }) => manifest.name === 'webhook-ingest');
  const manifests = functions.map(({ manifest }) => manifest);
  const running: { placement: FunctionPlacement | null } = { placement: null };
  const front = await startFrontServer(
    0,
    createFrontDoor({ manifests, placement: () => running.placement, pumps: () => [] }),
  );
  const url = `http://127.0.0.1:${front.port}`;
  const mesh = createLocalMesh({
    functions,
    addresses: LOCAL_ADDRESSES,
    publicUrl: url,
    contextOf: composition.contextOf,
  });
  await mesh.open(platform);
  running.placement = await placeInProcess(mesh, manifests);
  return { url, ports: platform.portsFor('webhook-ingest'), idle: async () => undefined };
}

const mesh = await (process.argv[2] === 'ingest' ? startIngestAlone() : startWhole());

/** How many documents of a collection owe something, up to a thousand in each shard. */
async function owing(from: CollectionRef<object>): Promise<number> {
  let count = 0;
  for (let shard = 0; shard < WAKE_SHARDS; shard += 1) {
    const found = await mesh.ports.store.query({
      from,
      where: [
        ['wakeShard', '==', shard],
        ['wakeAt', '>', 0],
      ],
      orderBy: [['wakeAt', 'asc']],
      limit: 1_000,
    });
    count += found.length;
  }
  return count;
}

/** Leases that were not given back. */
async function held(store: DocumentStore): Promise<number> {
  const all = await store.count({ from: leases.ref });
  return all - (await store.count({ from: leases.ref, where: [['owner', '==', null]] }));
}

async function owed() {
  const { store } = mesh.ports;
  return {
    debts: await owing(work.ref),
    openRuns: await owing(workflowRuns.ref),
    leases: await held(store),
    quarantined: await store.count({ from: quarantine.ref }),
  };
}

const orders = {
  url: () => mesh.url,
  usage,
  owed,
  /** Resolves when nothing is due; what waits for a later time stays. */
  idle: () => mesh.idle(),
  /** Resolves when nothing is owed at all. */
  async rest({ withinMs }: { readonly withinMs: number }) {
    for (let waitedMs = 0; ; waitedMs += 20) {
      await mesh.idle();
      const left = await owed();
      if (left.debts + left.openRuns + left.leases === 0 || waitedMs >= withinMs) return left;
      await wait(20);
    }
  },
  /** Records that are not in sync. */
  async unsettled() {
    const all = await mesh.ports.store.query({ from: records.ref, limit: 1_000 });
    return all.filter(({ value }) =>
      Object.values(value.verdicts).some(({ verdict }) => verdict !== 'in_sync'),
    ).length;
  },
};
export type MeshOrders = typeof orders;
serveOrders(orders);

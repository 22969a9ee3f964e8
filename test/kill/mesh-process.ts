/**
 * The mesh in a process that can be killed. It loads everything, waits for its turn, and then runs like the
 * local host of `npm start`, without twins. Its minute-long watchdog has a fast one beside it, so that a test
 * need not wait for what a dead process left behind.
 */
import { flushCompileCache } from 'node:module';
import { loadHubspotSdk } from '#shared/connectors/hubspot/index.ts';
import { loadShopifySdk } from '#shared/connectors/shopify/index.ts';
import { loadConfig } from '#shared/config/load-config.ts';
import { isTerminal, workflowRuns } from '#shared/engine/run.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { quarantine } from '#shared/model/intake-documents.ts';
import { work } from '#shared/model/work.ts';
import { closeOnSignal } from '#shared/runtime/close-on-signal.ts';
import { avoidDomains } from '#shared/runtime/framework-domain.ts';
import { loadFunctions } from '#shared/runtime/load-functions.ts';
import { startLocalHost, type LocalHost } from '#shared/runtime/local-host.ts';
import { redriveOverdue } from '#shared/workflows/intake/redrive-overdue.ts';
import type { Inherited, MeshAnswer, MeshOrder, Owed } from './mesh-messages.ts';

const WATCH_EVERY_MS = 500;
const PACE = { overdueAfterMs: 1_500, firstBackoffMs: 500 };
const PAGE = 1_000;

function tell(answer: MeshAnswer): void {
  process.send?.(answer);
}

/** Read in the order in which work moves on, so that nothing is overlooked on its way from one to the next. */
async function owedBy(host: LocalHost): Promise<Owed> {
  const { store } = host.platform.portsFor('watchdog');
  const messages = undeliveredBy(host, 'subscriptions');
  const debts = await store.query({ from: work.ref, limit: PAGE });
  const runs = await store.query({ from: workflowRuns.ref, limit: PAGE });
  return {
    messages,
    // A mark that nobody is to wake up for is a debt that is stuck.
    debts: debts.filter(({ value }) => value.wakeAt !== null || Object.keys(value.marks).length > 0).length,
    openRuns: runs.filter(({ value }) => !isTerminal(value)).length,
    leases: (await heldLeases(host)).length,
    quarantined: await store.count({ from: quarantine.ref }),
  };
}

function undeliveredBy({ platform }: LocalHost, name: string): number {
  const pump = platform.pumps.find((one) => one.name === name);
  if (pump === undefined || !('undelivered' in pump)) throw new Error(`No pump delivers ${name}.`);
  return pump.undelivered;
}

/** The pumps are already at work: a lease that ends later than given is this process's own. */
async function inheritedBy(host: LocalHost, ownLeasesFrom: number): Promise<Inherited> {
  const { debts } = await owedBy(host);
  const cutOff = (await heldLeases(host)).filter(({ expiresAt }) => expiresAt < ownLeasesFrom);
  return { debts, cutOff: cutOff.map(({ owner }) => String(owner)) };
}

async function heldLeases(host: LocalHost): Promise<readonly Lease[]> {
  const all = await host.platform.portsFor('watchdog').store.query({ from: leases.ref, limit: PAGE });
  return all.map(({ value }) => value).filter(({ owner }) => owner !== null);
}

/** A test run that is broken off leaves no mesh behind. */
function endWithParent(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function run(): Promise<void> {
  const config = loadConfig();
  const startedAt = Date.now();
  const host = await startLocalHost({ config });
  const inherited = await inheritedBy(host, startedAt + config.timing.leaseMs);
  const ports = host.platform.portsFor('watchdog');
  const watch = setInterval(() => {
    redriveOverdue(ports, ports.clock.now(), PACE).catch(() => undefined);
  }, WATCH_EVERY_MS);
  process.on('message', (order: MeshOrder) => {
    if (order.kind === 'look') void owedBy(host).then((owed) => tell({ kind: 'owed', owed }));
  });
  closeOnSignal({
    async close() {
      clearInterval(watch);
      await host.close();
      process.off('disconnect', endWithParent);
      process.disconnect();
    },
  });
  tell({ kind: 'running', inherited });
}

process.on('disconnect', endWithParent);
avoidDomains();
await Promise.all([
  loadFunctions(),
  loadHubspotSdk(),
  loadShopifySdk(),
  import('@google-cloud/functions-framework/testing'),
]);
process.once('message', (order: MeshOrder) => {
  if (order.kind === 'run') void run();
});
// Node writes it at the end of a process, which these do not live to see.
flushCompileCache();
tell({ kind: 'loaded' });

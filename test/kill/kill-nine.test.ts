import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { loadConfig, type Config } from '#shared/config/load-config.ts';
import { records } from '#shared/model/record.ts';
import { createLocalHttp } from '#shared/platform/local/index.ts';
import { createConnectors } from '#shared/runtime/connectors.ts';
import { composeLocally, openPlatform } from '#shared/runtime/local-composition.ts';
import { PROPERTY_SEED } from '#test/support/property-seed.ts';
import { createRandom } from '#test/twins/index.ts';
import { effectsOf, type Effects } from './effects.ts';
import { createGenerations, type MeshGenerations } from './mesh-generations.ts';
import type { Owed } from './mesh-messages.ts';
import { accountsOf, contactsOf, createPeople, type Expected } from './people.ts';
import { startVendorSides, type VendorSides } from './vendor-sides.ts';

/*
 * The mesh in a process of its own is killed again and again, at moments that nobody chose, while people work
 * in both vendors' pages. The vendors live on in this process and repeat the webhooks that found nobody.
 */

const KILLS = 100;
const CHANGES = 5 * KILLS;
const CUSTOMERS = 80;
/** Most processes serve for a while before they die; one in five dies while it starts. */
const LIFE_MS = { serving: [0, 550], starting: [0, 250] } as const;
const REST_WITHIN_MS = 40_000;
/** Twice what it takes on two cores that have nothing else to do. */
const TIMEOUT_MS = 180_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Scene {
  readonly config: Config;
  readonly sides: VendorSides;
  readonly mesh: MeshGenerations;
}

/** Short enough for a test, and still in the proportions that M3 asks for. */
function environmentOf(folder: string, port: number, twins: VendorSides['ports']): Record<string, string> {
  return {
    PATH: String(process.env['PATH']),
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    PORT: String(port),
    CONCORD_DATA_DIR: join(folder, 'data'),
    CONCORD_LOG_LEVEL: 'error',
    CONCORD_CALL_TIMEOUT_MS: '1500',
    CONCORD_LEASE_MS: '5000',
    CONCORD_CLOCK_SKEW_MS: '100',
    CONCORD_EFFECT_SETTLES_MS: '1500',
    TWIN_PORT_HUBSPOT: String(twins.hubspot),
    TWIN_PORT_SHOPIFY: String(twins.shopify),
  };
}

async function setUp(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-kill-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const http = createLocalHttp();
  closing.push(() => http.close());
  const port = await freePort();
  const mapped = (await composeLocally(loadConfig({}))).client.mappings;
  const sides = await startVendorSides({
    seed: PROPERTY_SEED,
    meshUrl: `http://127.0.0.1:${port}`,
    http,
    subscribedProperties: Object.values(mapped).flatMap((maps) =>
      maps.flatMap(({ fields }) => fields.map(({ native }) => native)),
    ),
  });
  closing.push(() => sides.close());
  const environment = environmentOf(folder, port, sides.ports);
  const config = loadConfig(environment);
  await prepareVendors(config);
  const mesh = createGenerations({ folder, environment });
  closing.push(() => mesh.close());
  return { config, sides, mesh };
}

async function prepareVendors(config: Config): Promise<void> {
  const composition = await composeLocally(config);
  const platform = openPlatform(composition, {
    deliver: () => Promise.reject(new Error('Nothing is delivered here.')),
    isHost: false,
    isShared: false,
    inMemory: true,
  });
  const ports = platform.portsFor('step-executor');
  const connectors = createConnectors({ ...composition, ports, timing: config.timing, config });
  await Promise.all([...connectors.values()].map((connector) => connector.prepare()));
  await platform.close();
  await composition.http.close();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { readonly port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Lives of random length, with people at work in each of them. */
async function liveAndDie({ sides, mesh }: Scene): Promise<readonly Expected[]> {
  const random = createRandom(PROPERTY_SEED);
  const people = createPeople({ ...sides, random, customers: CUSTOMERS });
  for (let life = 0; life < KILLS; life += 1) {
    const isServing = random() < 0.8;
    const [least, most] = isServing ? LIFE_MS.serving : LIFE_MS.starting;
    const lifeMs = least + random() * (most - least);
    const moments = Array.from({ length: CHANGES / KILLS }, () => random() * lifeMs).toSorted(
      (a, b) => a - b,
    );
    mesh.start();
    if (isServing) await mesh.running();
    let at = 0;
    for (const moment of [...moments, lifeMs]) {
      await wait(moment - at);
      at = moment;
      if (moment !== lifeMs) await people.change();
    }
    await mesh.kill();
  }
  return people.expected();
}

const AT_REST: Owed = { debts: 0, openRuns: 0, leases: 0, quarantined: 0 };

/** Waits until nobody owes anything and both vendors have told everything; says what is left when time is up. */
async function comeToRest({ sides, mesh }: Scene): Promise<Owed & { readonly webhooks: number }> {
  const until = Date.now() + REST_WITHIN_MS;
  for (let quiet = 0; ;) {
    const left = { ...(await mesh.look()), webhooks: await sides.waitingWebhooks() };
    quiet = Object.values(left).every((count) => count === 0) ? quiet + 1 : 0;
    if (quiet >= 3 || Date.now() > until) return left;
    await wait(250);
  }
}

async function inspect({
  config,
  sides,
}: Scene): Promise<Effects & { readonly unsettled: readonly unknown[] }> {
  const composition = await composeLocally(config);
  const platform = openPlatform(composition, {
    deliver: () => Promise.reject(new Error('Nothing is delivered here.')),
    isHost: false,
    isShared: false,
    inMemory: false,
  });
  const { store } = platform.portsFor('console');
  const effects = await effectsOf(store, {
    hubspot: await sides.hubspot.writes(),
    shopify: await sides.shopify.writes(),
  });
  const standing = (await store.query({ from: records.ref, limit: 1_000 }))
    .map(({ value }) => value)
    .filter(({ state }) => state !== 'merged');
  const unsettled = standing.filter(
    ({ links, verdicts, writeSets }) =>
      Object.keys(links).length !== 2 ||
      Object.keys(writeSets).length > 0 ||
      Object.values(verdicts).some(({ verdict }) => verdict !== 'in_sync'),
  );
  await platform.close();
  await composition.http.close();
  return { ...effects, unsettled };
}

const byEmail = (a: Expected, b: Expected): number => (a.email < b.email ? -1 : 1);

test(
  `${CHANGES} changes and ${KILLS} kills lose nothing, repeat nothing and converge (M1, M2, M4)`,
  async () => {
    const scene = await setUp();

    const expected = (await liveAndDie(scene)).toSorted(byEmail);
    scene.mesh.start();
    await scene.mesh.running();
    const left = await comeToRest(scene);
    const exitCode = await scene.mesh.stop();

    const { repeated, stray, resolved, unsettled } = await inspect(scene);
    expect(left).toEqual({ ...AT_REST, webhooks: 0 });
    expect((await contactsOf(scene.sides.hubspot)).toSorted(byEmail)).toEqual(expected);
    expect((await accountsOf(scene.sides.shopify)).toSorted(byEmail)).toEqual(expected);
    expect(repeated).toEqual([]);
    expect(stray).toEqual([]);
    expect(unsettled).toEqual([]);
    expect(resolved, 'no kill hit a write under way; the lives are too short').toBeGreaterThan(0);
    expect(exitCode).toBe(0);
  },
  TIMEOUT_MS,
);

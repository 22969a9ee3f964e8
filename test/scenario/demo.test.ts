import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFailed, test } from 'vitest';
import { openLastingTwin } from '#test/demo/lasting-twin.ts';
import { openTwinJournal } from '#test/demo/twin-journal.ts';
import { createManualClock } from '#test/support/manual-clock.ts';
import { createRandom, createShopifyTwin, createTwinControl } from '#test/twins/index.ts';

/* What `npm start` runs, from outside: processes, ports, signals, and nothing but the published addresses. */

const MAIN = fileURLToPath(new URL('../demo/main.ts', import.meta.url));
const LOOK_EVERY_MS = 100;
/** A machine with much else to do is slow, and the watchdog looks once a minute; what does not move for longer never will. */
const STALLED_MS = 180_000;
/** What stands still fails long before; this ends what goes round in circles. */
const LIMIT = { timeout: 10 * 60_000 };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A process that dies while it writes leaves a lease, and whether the vendor acted is unknown for a while. */
const SHORT_LEASES = {
  CONCORD_CALL_TIMEOUT_MS: '1000',
  CONCORD_LEASE_MS: '4000',
  CONCORD_CLOCK_SKEW_MS: '100',
  CONCORD_EFFECT_SETTLES_MS: '1000',
};

interface Ports {
  readonly mesh: number;
  readonly hubspot: number;
  readonly shopify: number;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

interface Started {
  readonly mesh: string;
  readonly hubspot: string;
  readonly shopify: string;
  output(): string;
  isOver(): boolean;
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<Ended>;
  /** Resolves when the process ends by itself. */
  readonly ended: Promise<Ended>;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'concord-demo-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function occupied(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { readonly port: number }).port, server };
}

async function freePorts(): Promise<Ports> {
  const [mesh, hubspot, shopify] = await Promise.all([occupied(), occupied(), occupied()]);
  for (const { server } of [mesh, hubspot, shopify]) {
    server.close();
    await once(server, 'close');
  }
  return { mesh: mesh.port, hubspot: hubspot.port, shopify: shopify.port };
}

function start(folder: string, ports: Ports, environment: Readonly<Record<string, string>> = {}): Started {
  const child: ChildProcess = fork(MAIN, [], {
    cwd: folder,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: String(process.env['PATH']),
      PORT: String(ports.mesh),
      TWIN_PORT_HUBSPOT: String(ports.hubspot),
      TWIN_PORT_SHOPIFY: String(ports.shopify),
      CONCORD_DEMO_QUIET: '1',
      CONCORD_LOG_LEVEL: 'info',
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  onTestFailed(() => void process.stderr.write(output));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  closing.push(async () => {
    if (!isOver()) child.kill('SIGKILL');
    await ended;
  });
  return {
    mesh: `http://127.0.0.1:${ports.mesh}`,
    hubspot: `http://127.0.0.1:${ports.hubspot}`,
    shopify: `http://127.0.0.1:${ports.shopify}`,
    output: () => output,
    isOver,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Repeats what fails for as long as the demo is alive and anything moves. */
async function eventually(demo: Started, holds: () => Promise<void> | void): Promise<void> {
  let before = '';
  let movedAt = Date.now();
  for (;;) {
    try {
      await holds();
      return;
    } catch (error) {
      if (demo.isOver() || Date.now() - movedAt > STALLED_MS) throw error;
    }
    const now = await signsOfLife(demo);
    if (now !== before) movedAt = Date.now();
    before = now;
    await wait(LOOK_EVERY_MS);
  }
}

/** What was printed, and how much mesh and vendors have said to each other. */
async function signsOfLife(demo: Started): Promise<string> {
  const stats = [demo.hubspot, demo.shopify].map((url) =>
    fetch(`${url}/_twin/stats`).then(
      (response) => response.text(),
      () => '',
    ),
  );
  return [demo.output(), ...(await Promise.all(stats))].join();
}

function isUp(demo: Started): Promise<void> {
  return eventually(demo, async () => {
    expect(await statusOf(`${demo.mesh}/healthz`)).toBe(200);
    expect(demo.output()).toContain(`${demo.mesh}/console/`);
  });
}

async function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    ({ status }) => status,
    () => 0,
  );
}

async function send(method: string, url: string, body: unknown = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method, body: JSON.stringify(body) });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
}

async function items(url: string): Promise<readonly Record<string, unknown>[]> {
  return ((await (await fetch(url)).json()) as { readonly items: readonly Record<string, unknown>[] }).items;
}

const customersOf = (demo: Started) => items(`${demo.shopify}/_twin/records/customers`);

describe('npm start, kept quiet', LIMIT, () => {
  test('begins empty, carries a contact and an edit to the shop, and ends when it is asked to', async () => {
    const demo = start(temporaryFolder(), await freePorts());
    await isUp(demo);
    const atFirst = [
      ...(await customersOf(demo)),
      ...(await items(`${demo.hubspot}/_twin/records/contacts`)),
    ];
    const health = await (await fetch(`${demo.mesh}/console/api/v1/health`)).json();

    const contact = await send('POST', `${demo.hubspot}/_twin/records/contacts`, {
      email: 'ada@example.com',
      firstname: 'Ada',
    });
    await eventually(demo, async () => {
      expect(await customersOf(demo)).toMatchObject([{ email: 'ada@example.com', firstName: 'Ada' }]);
    });
    await send('PATCH', `${demo.hubspot}/_twin/records/contacts/${String(contact['id'])}`, {
      firstname: 'Adah',
    });
    await eventually(demo, async () => {
      expect(await customersOf(demo)).toMatchObject([{ firstName: 'Adah' }]);
    });

    const writes = await items(`${demo.shopify}/_twin/writes?since=0`);
    expect(atFirst).toEqual([]);
    expect(health).toMatchObject({ overall: { state: 'operational' } });
    expect(writes.filter(({ type }) => type === 'customers').map(({ path }) => path)).toEqual([
      'customerCreate',
      'customerUpdate',
    ]);
    expect((await demo.end('SIGTERM')).code).toBe(0);
  });

  test('finds everything again after it was killed, the vendors included, and creates nothing twice', async () => {
    const [folder, ports] = [temporaryFolder(), await freePorts()];
    const first = start(folder, ports, SHORT_LEASES);
    await isUp(first);
    await send('POST', `${first.hubspot}/_twin/records/contacts`, { email: 'ada@example.com' });
    await eventually(first, async () => {
      expect(await customersOf(first)).toHaveLength(1);
    });
    // The shop creates Ben, and its answer finds nobody; nobody has looked at Cleo yet.
    await send('POST', `${first.shopify}/_twin/faults`, { kind: 'slow', path: 'customerCreate', ms: 900 });
    const ben = await send('POST', `${first.hubspot}/_twin/records/contacts`, { email: 'ben@example.com' });
    await eventually(first, async () => {
      expect(await customersOf(first)).toHaveLength(2);
    });
    const customers = await customersOf(first);
    await send('POST', `${first.hubspot}/_twin/records/contacts`, { email: 'cleo@example.com' });
    await first.end('SIGKILL');

    const second = start(folder, ports, SHORT_LEASES);
    await isUp(second);
    const atFirst = await customersOf(second);
    await send('PATCH', `${second.hubspot}/_twin/records/contacts/${String(ben['id'])}`, {
      firstname: 'Ben',
    });

    await eventually(second, async () => {
      expect(await customersOf(second)).toMatchObject([
        { email: 'ada@example.com' },
        { email: 'ben@example.com', firstName: 'Ben' },
        { email: 'cleo@example.com' },
      ]);
    });
    const creates = (await items(`${second.shopify}/_twin/writes?since=0`)).filter(
      ({ path }) => path === 'customerCreate',
    );
    expect(atFirst.slice(0, 2)).toEqual(customers);
    expect(creates.map(({ fields }) => fields)).toMatchObject([
      { email: 'ada@example.com' },
      { email: 'ben@example.com' },
      { email: 'cleo@example.com' },
    ]);
    expect((await second.end('SIGINT')).code).toBe(0);
  });

  test('keeps working for a twin that somebody has reset', async () => {
    const demo = start(temporaryFolder(), await freePorts());
    await isUp(demo);

    await send('POST', `${demo.hubspot}/_twin/reset`, { seed: 7 });
    await send('POST', `${demo.shopify}/_twin/reset`, { seed: 7 });
    await send('POST', `${demo.shopify}/_twin/records/customers`, {
      email: 'ada@example.com',
      note: 'collects',
    });

    await eventually(demo, async () => {
      const contacts = await items(`${demo.hubspot}/_twin/records/contacts`);
      expect(contacts).toMatchObject([{ email: 'ada@example.com', customer_note: 'collects' }]);
    });
  });
});

describe('npm start that cannot start', LIMIT, () => {
  test.each([
    ['PORT', 'mesh'],
    ['TWIN_PORT_HUBSPOT', 'hubspot'],
    ['TWIN_PORT_SHOPIFY', 'shopify'],
  ] as const)('names %s when that port is taken, and leaves nothing running', async (variable, which) => {
    const { port, server } = await occupied();
    closing.push(() => server.close());

    const demo = start(temporaryFolder(), { ...(await freePorts()), [which]: port });

    expect(await demo.ended).toEqual({
      code: 1,
      output: `Port ${port} is in use; set ${variable} to a free one, or 0 to have one chosen.\n`,
    });
  });

  test('says who works on the data directory', async () => {
    const folder = temporaryFolder();
    await isUp(start(folder, await freePorts()));

    const second = await start(folder, await freePorts()).ended;

    expect(second.code).toBe(1);
    expect(second.output).toMatch(/in use by process \d+; stop it, .*CONCORD_DATA_DIR/);
  });

  test('names a variable that cannot be used', async () => {
    const demo = await start(temporaryFolder(), await freePorts(), { CONCORD_DEV_ROLE: 'owner' }).ended;

    expect(demo.code).toBe(1);
    expect(demo.output).toContain('CONCORD_DEV_ROLE must be viewer, operator or admin');
  });
});

test('a played vendor is found again however much later, with the ids and the times of then', async () => {
  const folder = temporaryFolder();
  const clock = createManualClock();
  const open = () =>
    openLastingTwin({
      journal: openTwinJournal(join(folder, 'shopify.jsonl')),
      clock,
      random: createRandom(7),
      send: () => Promise.resolve({ status: 200, headers: {}, body: '' }),
      credentials: { 'x-shopify-access-token': 'secret' },
      isWrite: () => true,
      build: (parts) => createShopifyTwin({ ...parts, webhook: null, accessToken: 'secret' }),
      onReset: () => Promise.resolve(),
    });
  const first = await open();
  const created = await first.handle({
    method: 'POST',
    path: '/admin/api/2026-10/graphql.json',
    headers: { 'content-type': 'application/json', 'x-shopify-access-token': 'secret' },
    body: JSON.stringify({
      query: 'mutation { customerCreate(input: { email: "ada@example.com" }) { customer { id } } }',
    }),
  });
  const before = await createTwinControl(first).list('customers');

  clock.advance(24 * 60 * 60_000);
  const second = await open();

  expect(created.body).toContain(before[0]?.id);
  expect(await createTwinControl(second).list('customers')).toEqual(before);
});

test('npm start tells the story of a made-up customer, and then of what people do', LIMIT, async () => {
  const demo = start(temporaryFolder(), await freePorts(), {
    CONCORD_DEMO_QUIET: '0',
    CONCORD_LOG_LEVEL: '',
  });
  await eventually(demo, () => expect(demo.output()).toContain('Now it is your turn.'));
  const story = demo.output();

  await send('POST', `${demo.hubspot}/_twin/records/contacts`, {
    email: 'zoe@example.com',
    firstname: 'Zoe',
  });
  await eventually(demo, () => expect(demo.output().slice(story.length)).toContain('verified'));

  expect(story).toContain('written   a new customer in Shopify\n   rule      customer: required in shopify');
  expect(story).toContain('accepted  phone from Shopify: "+12025550141" -> "+12025550142"');
  expect(story).toContain('rule      customer.phone: latest(hubspot, shopify)');
  expect(story).toContain(
    'written   firstName in Shopify: "Adah" -> "Ada"\n   rule      customer.firstName: owner(hubspot)',
  );
  expect(story).toMatch(
    /written {3}nothing\n {3}conflict {2}phone \(\w+\): HubSpot says "\+12025550150", Shopify says/,
  );
  expect(demo.output().slice(story.length)).toContain('Zoe zoe@example.com\n   written   a new customer');
  expect((await demo.end('SIGINT')).code).toBe(0);
});

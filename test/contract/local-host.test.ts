import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '#shared/config/load-config.ts';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { quarantine } from '#shared/model/intake-documents.ts';
import { work } from '#shared/model/work.ts';
import { captureLogSinks } from '#test/support/log-sinks.ts';
import { startLocalHost, type LocalHost, type LocalHostOptions } from '#shared/runtime/local-host.ts';

/*
 * The whole mesh on real sockets, with nothing behind the vendors' ports: what is received waits there as a
 * debt. Both placements of the functions have to behave alike.
 */

const open: LocalHost[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'concord-'));
  folders.push(folder);
  return folder;
}

async function start(options: Omit<LocalHostOptions, 'config'> = {}, folder = dataDir()): Promise<LocalHost> {
  const config = loadConfig({
    PORT: '0',
    CONCORD_DATA_DIR: folder,
    CONCORD_LOG_LEVEL: 'error',
    TWIN_PORT_HUBSPOT: '9',
    TWIN_PORT_SHOPIFY: '9',
  });
  const host = await startLocalHost({ config, ...options });
  open.push(host);
  return host;
}

async function stop(host: LocalHost): Promise<void> {
  open.splice(open.indexOf(host), 1);
  await host.close();
}

function send(host: LocalHost, body: string, secret = 'local-hubspot-secret'): Promise<Response> {
  const at = String(Date.now());
  const url = `${host.url}/webhook-ingest/hubspot`;
  const signature = createHmac('sha256', secret).update(`POST${url}${body}${at}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'x-hubspot-signature-v3': signature,
    'x-hubspot-request-timestamp': at,
  };
  return fetch(url, { method: 'POST', body, headers });
}

/** Sends bytes, and goes away as soon as the host has taken them. */
async function breakOff(host: LocalHost, bytes: string): Promise<void> {
  const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(bytes, resolve));
  await fetch(`${host.url}/healthz`);
  socket.destroy();
  await once(socket, 'close');
  await fetch(`${host.url}/healthz`);
}

const CONTACT = JSON.stringify([
  {
    eventId: 1,
    subscriptionId: 2,
    portalId: 3,
    appId: 4,
    occurredAt: Date.now(),
    subscriptionType: 'contact.propertyChange',
    attemptNumber: 0,
    objectId: 101,
    propertyName: 'email',
    propertyValue: 'ada@example.com',
    changeSource: 'CRM_UI',
  },
]);

/** Systems that are owed a look, over all records. */
async function debts(host: LocalHost): Promise<readonly string[]> {
  const { store } = host.platform.portsFor('watchdog');
  return (await store.query({ from: work.ref, limit: 10 })).flatMap(({ value }) => Object.keys(value.marks));
}

async function quarantined(host: LocalHost): Promise<number> {
  return host.platform.portsFor('watchdog').store.count({ from: quarantine.ref });
}

describe.each<readonly [string, LocalHostOptions['isolate']]>([
  ['in one process', false],
  ['with every function in processes of its own', true],
])('the local host %s', (_name, isolate) => {
  test('turns a genuine webhook into a debt that survives a restart (M1)', async () => {
    const folder = dataDir();
    const first = await start({ isolate: isolate === true }, folder);

    const response = await send(first, CONTACT);
    await expect.poll(() => debts(first), { timeout: 10_000 }).toEqual(['hubspot']);
    await stop(first);
    const second = await start({}, folder);

    expect(response.status).toBe(200);
    expect(await debts(second)).toEqual(['hubspot']);
  });

  test('keeps a well-signed body that is malformed JSON, and refuses one that nobody signed', async () => {
    const host = await start({ isolate: isolate === true });

    const [kept, refused] = [await send(host, '[{"eventId":'), await send(host, '[{"eventId":', 'guess')];

    expect([kept.status, refused.status]).toEqual([200, 401]);
    await expect.poll(() => quarantined(host), { timeout: 10_000 }).toBe(1);
  });

  test('is well, and says so to machines and to operators', async () => {
    const host = await start({ isolate: isolate === true });

    const health = await fetch(`${host.url}/healthz`);
    const operators = await fetch(`${host.url}/console/api/v1/health`);
    const home = await fetch(`${host.url}/`);

    expect([health.status, operators.status, home.status]).toEqual([200, 200, 200]);
    expect(await operators.json()).toMatchObject({ overall: { state: 'operational', reasons: [] } });
    expect(home.url).toBe(`${host.url}/console/`);
  });
});

describe('the local host', () => {
  test('keeps nothing in memory mode', async () => {
    const host = await start({ memory: true });

    const response = await send(host, CONTACT);
    await host.idle();

    expect(response.status).toBe(200);
    expect(await debts(host)).toEqual(['hubspot']);
  });

  test('writes nothing that a stranger sends into its log, however malformed (M14)', async () => {
    vi.stubEnv('NODE_ENV', 'production'); // Express keeps quiet in tests.
    const host = await start({ memory: true });
    const sinks = captureLogSinks();

    const answers = await Promise.all(
      ['/webhook-ingest/canary%40example.com%ZZ', '/console/canary%E0', '/canary?email=canary%ZZ'].map(
        async (path) => (await fetch(`${host.url}${path}`, { headers: { cookie: 'canary' } })).status,
      ),
    );
    await breakOff(
      host,
      'POST /webhook-ingest/hubspot HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\ncanary',
    );
    await breakOff(host, 'canary canary\r\n\r\n');
    const refused = await send(host, '{"email":"canary@example.com"}', 'guess');

    sinks.release();
    vi.unstubAllEnvs();
    expect([...answers, refused.status]).toEqual([404, 404, 404, 401]);
    expect(sinks.text()).toBe('');
  });

  test('does NOT share its data with a second host', async () => {
    const folder = dataDir();
    await start({}, folder);

    const second = start({}, folder);

    await expect(second).rejects.toSatisfy((error) => ConcordError.is(error, 'invalid_configuration'));
  });

  test('leaves nothing listening when it could not start', async () => {
    const folder = dataDir();
    await start({}, folder);
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { readonly port: number };
    probe.close();
    await once(probe, 'close');

    const second = startLocalHost({ config: loadConfig({ PORT: String(port), CONCORD_DATA_DIR: folder }) });

    await expect(second).rejects.toThrow('in use');
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });
});

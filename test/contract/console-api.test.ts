import { mkdtempSync, rmSync } from 'node:fs';
import { request as sendRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '#shared/config/load-config.ts';
import { startLocalHost, type LocalHost } from '#shared/runtime/local-host.ts';
import { freshKey } from '#test/support/console-client.ts';

const folders: string[] = [];
const open: LocalHost[] = [];

afterEach(async () => {
  for (const host of open.splice(0)) await host.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(isolate: boolean): Promise<LocalHost> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-console-'));
  folders.push(folder);
  const config = loadConfig({
    PORT: '0',
    CONCORD_DATA_DIR: folder,
    CONCORD_DEV_ROLE: 'admin',
    CONCORD_LOG_LEVEL: 'error',
    TWIN_PORT_HUBSPOT: '9',
    TWIN_PORT_SHOPIFY: '9',
  });
  const host = await startLocalHost({ config, isolate });
  open.push(host);
  return host;
}

const api = (host: LocalHost, path: string): string => `${host.url}/console/api/v1${path}`;

function change(
  host: LocalHost,
  etag: string | null,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(api(host, '/settings'), {
    method: 'PATCH',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': freshKey(),
      'if-match': etag ?? '',
      ...headers,
    },
    body: JSON.stringify({ reason: 'the shop migrates', pauses: { shopify: { until: null } } }),
  });
}

/** The status of a request that names another host than it reaches, as a tunnel or a rebound name would. */
function statusForHost(host: LocalHost, named: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(api(host, '/me'), { headers: { host: named } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', reject).end();
  });
}

describe.each([
  ['in one process', false],
  ['with every function in processes of its own', true],
])("the console's API over a socket, %s", (_name, isolate) => {
  test('knows who asks, takes a change once, keeps its trace, and refuses what it must', async () => {
    const host = await start(isolate);
    const headers = { 'idempotency-key': 'dialog-4711' };
    const viewer = { 'x-concord-dev-user': 'vera:viewer' };

    const me = await fetch(api(host, '/me'));
    const read = await fetch(api(host, '/settings'));
    const first = await change(host, read.headers.get('etag'), headers);
    const second = await change(host, read.headers.get('etag'), headers);
    const trail = await fetch(api(host, '/audit'));
    const meta = await fetch(api(host, '/meta'));
    const known = await fetch(api(host, '/meta'), {
      headers: { 'if-none-match': meta.headers.get('etag') ?? '' },
    });
    const forbidden = await change(host, '"any"', viewer);
    const foreign = await change(host, '"any"', { origin: 'https://evil.example.com' });

    expect(await me.json()).toMatchObject({ role: 'admin', user: { id: 'developer' } });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await trail.json()).toMatchObject({
      items: [{ actorId: 'developer', action: 'change_settings', reason: 'the shop migrates' }],
    });
    expect([known.status, await known.text()]).toEqual([304, '']);
    expect(forbidden.headers.get('content-type')).toBe('application/problem+json');
    expect(await forbidden.json()).toMatchObject({ status: 403, code: 'forbidden', allowedRoles: ['admin'] });
    expect(await foreign.json()).toMatchObject({ status: 403, code: 'cross_site' });
    expect(await statusForHost(host, 'concord.example.com')).toBe(401);
  });
});

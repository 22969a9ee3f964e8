import { describe, expect, test } from 'vitest';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { Ports } from '#shared/ports/ports.ts';
import {
  createLocalIdentity,
  createLocalIssuer,
  temporaryIdentityKey,
} from '#shared/platform/local/identity.ts';
import { LOCAL_ADDRESSES, signerOf } from '#shared/runtime/addresses.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { createHttpEntry } from '#shared/runtime/http-entry.ts';
import { createInternalEntry } from '#shared/runtime/internal-entry.ts';
import type { LoadedFunction } from '#shared/runtime/load-functions.ts';
import { loadManifests } from '#shared/runtime/manifest.ts';
import { createLocalMesh, type LocalMesh } from '#shared/runtime/mesh.ts';
import { scheduleEntry } from '#shared/runtime/schedule-entry.ts';
import { createLogger } from '#shared/telemetry/logger.ts';

const clock = { now: () => Date.UTC(2026, 10, 20, 10) };
const telemetry = createLogger({ clock, write: () => undefined });
const issuer = createLocalIssuer({ key: temporaryIdentityKey(), clock });

function portsFor(functionName: string): Ports {
  const identity = createLocalIdentity({ email: LOCAL_ADDRESSES.emailOf(`fn-${functionName}`), issuer });
  return { clock, telemetry, identity } as unknown as Ports;
}

/** The real manifests around handlers that do nothing. */
function functionsThatAnswer(): readonly LoadedFunction[] {
  return loadManifests()
    .filter(({ name }) => name === 'watchdog' || name === 'console')
    .map((manifest) => ({
      manifest,
      async bind({ functionName, guard, ports }) {
        const settings = { functionName, telemetry: ports.telemetry };
        return functionName === 'console'
          ? createHttpEntry({ ...settings, handle: async ({ path }) => ({ status: 'done', reason: path }) })
          : createInternalEntry({
              ...settings,
              guard,
              routes: { '/': scheduleEntry(ports.clock, async () => ({ status: 'done', reason: 'served' })) },
            });
      },
    }));
}

function meshOf(functions = functionsThatAnswer()): LocalMesh {
  return createLocalMesh({
    functions,
    addresses: LOCAL_ADDRESSES,
    publicUrl: 'https://concord.example.com',
    contextOf: () => ({}) as FunctionContext,
  });
}

function tick(target: string, signer = signerOf(target)): Delivery {
  const authorization = `Bearer ${issuer.tokenAs(LOCAL_ADDRESSES.emailOf(signer), LOCAL_ADDRESSES.audienceOf(target))}`;
  return { target, method: 'POST', path: '/', headers: { authorization }, body: new Uint8Array(0) };
}

describe('a mesh without sockets', () => {
  test('asks the platform to come again until it is open', async () => {
    const mesh = meshOf();

    const before = await mesh.deliver(tick('watchdog'));
    await mesh.open({ portsFor });
    const after = await mesh.deliver(tick('watchdog'));

    expect([before.status, after.status]).toEqual([503, 200]);
  });

  test('lets in the signer that the manifest names, and no other account', async () => {
    const mesh = meshOf();
    await mesh.open({ portsFor });

    const own = await mesh.deliver(tick('watchdog'));
    const foreign = await mesh.deliver(tick('watchdog', 'fn-watchdog'));

    expect([own.status, foreign.status]).toEqual([200, 403]);
  });

  test('knows only its own functions', async () => {
    const mesh = meshOf();
    await mesh.open({ portsFor });

    const answered = await mesh.deliver(tick('poller'));

    expect(answered.status).toBe(404);
  });

  test('passes a public request to the function that the path names', async () => {
    const mesh = meshOf();
    await mesh.open({ portsFor });

    const answered = await mesh.ingest({
      method: 'GET',
      path: '/console/api/v1',
      query: '',
      headers: {},
      body: new Uint8Array(0),
    });

    expect(answered).toMatchObject({ status: 200, body: '{"status":"done","reason":"/api/v1"}' });
  });

  test('has fresh instances after it is opened again', async () => {
    const instances: string[] = [];
    const functions = functionsThatAnswer().map(({ manifest, bind }): LoadedFunction => ({
      manifest,
      bind: (host) => {
        instances.push(host.functionName);
        return bind(host);
      },
    }));
    const mesh = meshOf(functions);

    await mesh.open({ portsFor });
    await mesh.open({ portsFor });

    expect(instances).toEqual(['console', 'watchdog', 'console', 'watchdog']);
  });
});

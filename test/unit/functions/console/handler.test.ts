import { describe, expect, test } from 'vitest';
import { bind } from '#functions/console/entry.ts';
import { unavailable } from '#shared/errors/faults.ts';
import { createLocalOperators } from '#shared/platform/local/operators.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Query } from '#shared/ports/document-store.ts';
import type { Entry, EntryRequest, EntryResponse } from '#shared/runtime/entry.ts';
import type { PumpHealth } from '#shared/runtime/function-host.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { createSeededIds } from '#test/support/seeded-ids.ts';

const NOW = Date.UTC(2026, 10, 20, 10);

interface Stored {
  readonly collection: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A store of a few documents that answers equality and `<=`. */
function storeOf(stored: readonly Stored[], isDown = false): Ports['store'] {
  function matching({ from, where = [] }: Omit<Query<object>, 'limit'>): readonly Stored[] {
    if (isDown) throw unavailable('The store');
    const path = 'path' in from ? from.path : from.group;
    return stored
      .filter(({ collection }) => collection === path)
      .filter(({ value }) =>
        where.every(([field, op, wanted]) =>
          op === '==' ? value[field] === wanted : Number(value[field]) <= Number(wanted),
        ),
      );
  }
  const store: Pick<Ports['store'], 'count' | 'query'> = {
    count: async (query) => matching(query).length,
    async query<T extends object>(query: Query<T>) {
      const [[field] = ['wakeAt', 'asc']] = query.orderBy ?? [];
      return matching(query as unknown as Query<object>)
        .toSorted((a, b) => Number(a.value[field]) - Number(b.value[field]))
        .slice(0, query.limit)
        .map(({ collection, value }) => ({
          ref: { path: `${collection}/1` },
          value: value as T,
          version: '1',
        }));
    },
  };
  return store as Ports['store'];
}

async function consoleOver(store: Ports['store'], pumps: readonly PumpHealth[] = []): Promise<Entry> {
  const clock = { now: () => NOW };
  const ports = {
    store,
    clock,
    ids: createSeededIds(1, clock),
    operators: createLocalOperators({ role: 'viewer' }),
    telemetry: createLogger({ clock, write: () => undefined }),
  };
  return bind({
    functionName: 'console',
    ports: ports as unknown as Ports,
    guard: { check: async () => undefined },
    publicUrl: 'http://127.0.0.1:8080',
    loadContext: () => Promise.reject(new Error('the console loads no client')),
    pumps: () => pumps,
  });
}

function request(path: string, method = 'GET'): EntryRequest {
  return { method, path, query: '', headers: { host: 'localhost:8080' }, body: new Uint8Array(0) };
}

const healthOf = (response: EntryResponse): unknown => JSON.parse(response.body);
const overdue = (minutes: number, wakeShard = 0): Readonly<Record<string, unknown>> => ({
  wakeShard,
  wakeAt: NOW - minutes * 60_000,
});

describe('the health of the mesh', () => {
  test('is operational when every pump runs and nothing waits', async () => {
    const call = await consoleOver(storeOf([]), [
      { name: 'bus', alive: true, lastTurnAt: NOW, undelivered: 3 },
    ]);

    const response = await call(request('/api/v1/health'));

    expect(response.status).toBe(200);
    expect(healthOf(response)).toEqual({
      overall: { state: 'operational', reasons: [] },
      asOf: '2026-11-20T10:00:00.000Z',
      pumps: [{ name: 'bus', alive: true, lastTurnAt: '2026-11-20T10:00:00.000Z', undelivered: 3 }],
      debts: { overdue: 0, oldestDueAt: null },
      cycles: { overdue: 0, paused: 0 },
      checks: { due: 0, overdue: 0, oldestDueAt: null },
      discrepancies: { hard_conflict: 0, missing: 0, soft_drift: 0, undetermined: 0 },
      quarantine: { total: 0, deadLetters: 0 },
    });
  });

  test('counts overdue debts of records and runs over all shards, and names the oldest', async () => {
    const call = await consoleOver(
      storeOf([
        { collection: 'work', value: overdue(5, 0) },
        { collection: 'work', value: overdue(7, 3) },
        { collection: 'workflowRuns', value: overdue(9, 1) },
        { collection: 'work', value: overdue(1, 2) },
      ]),
    );

    const response = await call(request('/api/v1/health'));

    expect(healthOf(response)).toMatchObject({
      overall: { state: 'degraded', reasons: ['debts_overdue'] },
      debts: { overdue: 3, oldestDueAt: '2026-11-20T09:51:00.000Z' },
    });
  });

  test('is degraded while anything waits in quarantine', async () => {
    const call = await consoleOver(
      storeOf([
        { collection: 'quarantine', value: { kind: 'invalid_event' } },
        { collection: 'quarantine', value: { kind: 'dead_letter' } },
      ]),
    );

    const response = await call(request('/api/v1/health'));

    expect(healthOf(response)).toMatchObject({
      overall: { state: 'degraded', reasons: ['quarantine_waiting'] },
      quarantine: { total: 2, deadLetters: 1 },
    });
  });

  test('is down when a pump stopped', async () => {
    const call = await consoleOver(storeOf([]), [
      { name: 'bus', alive: false, lastTurnAt: null, undelivered: 0 },
    ]);

    const response = await call(request('/api/v1/health'));

    expect(healthOf(response)).toMatchObject({ overall: { state: 'down', reasons: ['pump_stopped'] } });
  });

  test('is unknown, never green, when the store cannot be read (M7)', async () => {
    const call = await consoleOver(storeOf([], true));

    const response = await call(request('/api/v1/health'));

    expect(response.status).toBe(200);
    expect(healthOf(response)).toMatchObject({
      overall: { state: 'unknown', reasons: ['store_unreachable'] },
      debts: null,
      quarantine: null,
    });
  });
});

describe('the console', () => {
  test('has a page that leads to the health', async () => {
    const call = await consoleOver(storeOf([]));

    const response = await call(request('/'));

    expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(response.body).toContain('href="api/v1/health"');
  });

  test('answers an unknown address with a problem', async () => {
    const call = await consoleOver(storeOf([]));

    const response = await call(request('/api/v1/nowhere'));

    expect(response).toMatchObject({ status: 404, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(response.body)).toMatchObject({ status: 404, code: 'not_found' });
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('does NOT take %s', async (method) => {
    const call = await consoleOver(storeOf([]));

    const page = await call(request('/', method));
    const health = await call(request('/api/v1/health', method));

    expect(page).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(health).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  });

  test.each(['/', '/api/v1/health', '/nowhere'])('sends strict headers with %s', async (path) => {
    const call = await consoleOver(storeOf([]));

    const { headers } = await call(request(path));

    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  });
});

import { z } from 'zod';
import { refuse } from '#functions/console/api/problem.ts';
import { readRoute, writeRoute, type Route } from '#functions/console/api/route.ts';
import { createApi } from '#functions/console/api/router.ts';
import { audit, AuditAction, type AuditEntry } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { defineCollection } from '#shared/model/document.ts';
import { settings } from '#shared/model/settings.ts';
import { createLocalOperators } from '#shared/platform/local/operators.ts';
import { create, set, type DocumentStore, type Write } from '#shared/ports/document-store.ts';
import { aContext, type TestContext } from '#test/support/builders/contexts.ts';
import { askConsole, type Asking, type ConsoleAnswer } from '#test/support/console-client.ts';

interface Counter {
  readonly value: number;
}

const counters = defineCollection<Counter>({
  name: settings.name,
  indexes: [],
  unindexed: [],
  ttlField: null,
  erasure: 'holds_none',
});

export const counterRef = counters.at('counter');

/** A store that must not be asked. */
export const UNTOUCHABLE = new Proxy({} as DocumentStore, {
  get: (_target, name) => () => Promise.reject(new Error(`the store was asked to ${String(name)}`)),
});

/**
 * A table of three addresses around one number: `GET /things/:id` tells it, `POST /things/:id/raise` raises what it
 * has read, `POST /things/:id/bump` raises whatever stands there.
 */
export interface CounterApi {
  readonly context: TestContext;
  readonly store: DocumentStore;
  ask(method: string, path: string, asking?: Asking, over?: DocumentStore): Promise<ConsoleAnswer>;
  /** Raises it by one, unless told otherwise. */
  raise(asking?: Asking, id?: string): Promise<ConsoleAnswer>;
  /** Lets something happen once, between the next decision and its commit. */
  between(happen: () => Promise<void>): void;
  decisions(): number;
  stored(): Promise<number | undefined>;
  audited(): Promise<readonly AuditEntry[]>;
}

/** Creates the table over an empty store. */
export function createCounterApi(): CounterApi {
  const context = aContext();
  const { store } = context;
  let meanwhile: (() => Promise<void>) | null = null;
  let decided = 0;
  const routes = tableOf(async () => {
    decided += 1;
    const happen = meanwhile;
    meanwhile = null;
    await happen?.();
  });

  function ask(method: string, path: string, asking: Asking = {}, over: DocumentStore = store) {
    const api = createApi({
      context: {
        ports: { ...context.ports, store: over },
        load: () => Promise.reject(new Error('nobody needs the client')),
        pumps: () => [],
      },
      operators: createLocalOperators({ role: 'admin' }),
      routes,
    });
    const mesh = {
      call: (_name: string, request: Parameters<typeof api>[0]) =>
        api({ ...request, path: request.path.slice('/api/v1'.length) }),
    };
    return askConsole({ mesh }, method, path, asking);
  }

  return {
    context,
    store,
    ask,
    raise: (asking = {}, id = 'a') => ask('POST', `/things/${id}/raise`, { body: { by: 1 }, ...asking }),
    between: (happen) => {
      meanwhile = happen;
    },
    decisions: () => decided,
    stored: async () => (await store.get(counterRef))?.value.value,
    audited: async () => (await store.query({ from: audit.ref, limit: 100 })).map(({ value }) => value),
  };
}

function tableOf(onDecided: () => Promise<void>): readonly Route[] {
  return [
    readRoute({
      path: '/things/:id',
      capability: Capability.readRecords,
      params: z.strictObject({ id: z.string().max(20) }),
      query: z.strictObject({ size: z.enum(['s', 'm'], { error: 'must be s or m.' }).optional() }),
      async read({ ports }, { params, query, operator }) {
        if (params.id === 'broken') throw new TypeError('a bug that names a@example.com');
        const stored = await ports.store.get(counterRef);
        const value = stored?.value.value ?? null;
        return {
          kind: 'found',
          body: { ...params, ...query, by: operator.id, value, asOf: ports.clock.now() },
        };
      },
    }),
    writeRoute({
      method: 'POST',
      path: '/things/:id/raise',
      capability: Capability.writeAttributes,
      params: z.strictObject({ id: z.string() }),
      body: z.strictObject({ by: z.int({ error: 'must be a whole number.' }).max(9, 'must be 9 at most.') }),
      async decide({ ports }, { params, body, operator }) {
        const stored = await ports.store.get(counterRef);
        const value = (stored?.value.value ?? 0) + body.by;
        await onDecided();
        if (params.id === 'closed') return refuse('conflict', 'It is closed.');
        return {
          kind: 'decided',
          writes: [
            stored === undefined ? create(counterRef, { value }) : set(counterRef, { value }, stored.version),
          ],
          status: 200,
          body: { value, by: operator.id },
          audit: {
            action: AuditAction.changeAttributes,
            target: { kind: 'record', id: params.id },
            reason: null,
            before: stored?.value.value ?? null,
            after: value,
          },
        };
      },
    }),
    writeRoute({
      method: 'POST',
      path: '/things/:id/bump',
      capability: Capability.writeAttributes,
      params: z.strictObject({ id: z.string() }),
      body: z.strictObject({}),
      async decide() {
        await onDecided();
        const bumped: Write = {
          op: 'update',
          ref: counterRef,
          fields: { value: { transform: 'increment', by: 1 } },
        };
        return { kind: 'decided', writes: [bumped], status: 202, body: {}, audit: null };
      },
    }),
  ];
}

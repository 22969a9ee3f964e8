import type { Clock } from '#shared/ports/clock.ts';

import { jsonAnswer, type Answer } from '../core/answer.ts';
import type { VendorSide } from '../core/create-twin.ts';
import { parseJson } from '../core/json-body.ts';
import { randomUuid } from '../core/random.ts';
import type { RestartableRandom } from '../core/restartable-random.ts';
import type { TwinRequest } from '../core/twin.ts';
import { serveBatch } from './batch-api.ts';
import { hubspotControlRecords } from './control-records.ts';
import { errorAnswer, invalid, missing, type HubspotError } from './hubspot-error.ts';
import type { HubspotObjectType } from './object-type.ts';
import {
  archiveOne,
  createOne,
  eraseOne,
  listPage,
  mergeTwo,
  readOne,
  updateOne,
  type ObjectsContext,
} from './objects-api.ts';
import { presentRecord } from './present-record.ts';
import { serveProperties } from './properties-api.ts';
import { createRateLimiter, type HubspotLimits } from './rate-limit.ts';
import { createRecordDesk, type RecordDesk } from './record-desk.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';
import { endpointOf, routeOf, type Route } from './routes.ts';
import { searchRecords } from './search.ts';
import type { HubspotEvent } from './webhooks.ts';
import { writeDraftsOf } from './write-drafts.ts';

export interface HubspotSideOptions {
  readonly clock: Clock;
  readonly random: RestartableRandom;
  readonly types: readonly HubspotObjectType[];
  readonly accessToken: string;
  readonly missingScopes: readonly string[];
  readonly limits: HubspotLimits;
  /** Null: every writable property that HubSpot brings along. */
  readonly subscribedProperties: readonly string[] | null;
  readonly portalId: number;
  readonly appId: number;
  readonly emit: (event: HubspotEvent) => void;
  readonly searchLagMs: (label: string) => number;
}

interface Table {
  readonly store: RecordStore;
  readonly desk: RecordDesk;
}

interface Asked {
  readonly request: TwinRequest;
  readonly url: URL;
  readonly route: Route;
  /** Undefined when the body is no JSON. */
  readonly body: unknown;
}

/** Events that one delivery can confuse: HubSpot does not promise unique event ids. */
const EVENT_IDS = 1_000;

/** Creates HubSpot's side of the twin. */
export function createHubspotSide(options: HubspotSideOptions): VendorSide {
  const { clock, random } = options;
  const now = (): number => clock.now();
  const limiter = createRateLimiter(options.limits, now);
  const correlationId = (): string => randomUuid(random.next);
  const tables = new Map(options.types.map((type) => [type.name, tableOf(type)]));

  function tableOf(type: HubspotObjectType): Table {
    const store = createRecordStore(type);
    const desk = createRecordDesk({
      store,
      now,
      emit: (event) => options.emit({ ...event, ...envelopeOf(event) }),
      isSubscribed: (property) =>
        options.subscribedProperties === null
          ? type.properties.some((one) => one.name === property && !one.readOnlyValue)
          : options.subscribedProperties.includes(property),
    });
    return { store, desk };
  }

  function envelopeOf(event: HubspotEvent): Readonly<Record<string, number>> {
    return {
      eventId: Math.floor(random.next() * EVENT_IDS) + 1,
      subscriptionId: subscriptionIdOf(event),
      portalId: options.portalId,
      appId: options.appId,
    };
  }

  function ask(request: TwinRequest): Asked {
    const url = new URL(request.path, 'http://twin.invalid');
    return { request, url, route: routeOf(request.method, url.pathname), body: parseJson(request.body) };
  }

  function serve(request: TwinRequest): Answer {
    const asked = ask(request);
    const isSearch = asked.route.kind === 'search';
    if (request.headers['authorization'] !== `Bearer ${options.accessToken}`)
      return errorAnswer(UNAUTHENTICATED, correlationId());
    const policy = limiter.take(isSearch);
    if (policy !== null) return limiter.refusal(policy, isSearch, correlationId());
    const answer = dispatch(asked);
    const headers = limiter.headers(isSearch);
    return isError(answer)
      ? errorAnswer(answer, correlationId(), headers)
      : { ...answer, headers: { ...answer.headers, ...headers } };
  }

  function dispatch(asked: Asked): Answer | HubspotError {
    const { route, url, body, request } = asked;
    if (route.kind === 'unknown') return missing();
    const table = tables.get(route.type);
    if (table === undefined)
      return { ...invalid(`Unable to infer object type from: ${route.type}`), status: 400 };
    const scope = scopeOf(route, request.method, table.store.type);
    if (options.missingScopes.includes(scope)) return missingScope(scope);
    if (body === undefined && request.method !== 'GET' && request.method !== 'DELETE')
      return invalid('Invalid input JSON');
    const context: ObjectsContext = {
      ...table,
      author: {
        actor: 'api',
        source: { sourceType: 'INTEGRATION', sourceId: String(options.appId) },
        loudness: { silent: false, keepModified: false },
      },
    };
    return perform(context, asked, route, url);
  }

  function perform(
    context: ObjectsContext,
    { request, body }: Asked,
    route: Exclude<Route, { kind: 'unknown' }>,
    url: URL,
  ): Answer | HubspotError {
    switch (route.kind) {
      case 'list':
        return listPage(context, url.searchParams);
      case 'read':
        return readOne(context, route.id, url.searchParams);
      case 'create':
        return createOne(context, body);
      case 'update':
        return updateOne(context, route.id, url.searchParams, body);
      case 'archive':
        return archiveOne(context, route.id);
      case 'merge':
        return mergeTwo(context, body);
      case 'erase':
        return eraseOne(context, body);
      case 'batch':
        return serveBatch(context, route.action, body, { now: now(), random: random.next });
      case 'search':
        return search(context.store, request);
      case 'properties':
        return serveProperties(context.store, request, route.name, now());
    }
  }

  function search(store: RecordStore, request: TwinRequest): Answer | HubspotError {
    const page = searchRecords(store, request.body, now() - options.searchLagMs(`POST ${request.path}`));
    if ('category' in page) return page;
    return jsonAnswer(200, {
      total: page.total,
      results: page.hits.map(({ record, values }) =>
        presentRecord(
          store,
          { ...record, values: new Map(values) },
          { properties: page.properties, history: [] },
        ),
      ),
      ...(page.after === null ? {} : { paging: { next: { after: page.after } } }),
    });
  }

  return {
    describe(request) {
      const { url, route } = ask(request);
      return {
        endpoint: endpointOf(request.method, url.pathname, route),
        label: `${request.method} ${url.pathname}`,
      };
    },
    writesOf(request) {
      const { url, route, body } = ask(request);
      return writeDraftsOf(request.method, url.pathname, route, body);
    },
    serve,
    refuseRate(request) {
      const isSearch = ask(request).route.kind === 'search';
      return limiter.refusal(isSearch ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING', isSearch, correlationId());
    },
    fail: () =>
      errorAnswer({ status: 500, category: 'INTERNAL_ERROR', message: 'internal error' }, correlationId()),
    records: Object.fromEntries(
      [...tables].map(([name, { store, desk }]) => [
        name,
        hubspotControlRecords(store, desk, 'userId:10000001'),
      ]),
    ),
    reset(seed) {
      random.restart(seed);
      limiter.clear();
      for (const { store } of tables.values()) store.clear();
    },
  };
}

const UNAUTHENTICATED: HubspotError = {
  status: 401,
  category: 'INVALID_AUTHENTICATION',
  message: 'Authentication credentials not found. The call needs Authorization: Bearer <token>.',
};

function missingScope(scope: string): HubspotError {
  return {
    status: 403,
    category: 'MISSING_SCOPES',
    message: 'One or more scopes are required for this call.',
    errors: [{ message: 'scopes are missing', context: { requiredGranularScopes: [scope] } }],
  };
}

function scopeOf(
  route: Exclude<Route, { kind: 'unknown' }>,
  method: string,
  { scopes }: HubspotObjectType,
): string {
  if (route.kind === 'properties') return method === 'GET' ? scopes.read : scopes.schema;
  const reads =
    ['list', 'read', 'search'].includes(route.kind) || (route.kind === 'batch' && route.action === 'read');
  return reads ? scopes.read : scopes.write;
}

/** A stable number for each subscription: its type and, of a property change, its property. */
function subscriptionIdOf(event: HubspotEvent): number {
  const text = `${event.subscriptionType} ${String(event['propertyName'] ?? '')}`;
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 900_000;
  return 100_000 + sum;
}

function isError(answer: Answer | HubspotError): answer is HubspotError {
  return 'category' in answer;
}

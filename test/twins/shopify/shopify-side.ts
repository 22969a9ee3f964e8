import { execute, type ExecutionResult, isObjectType, type GraphQLSchema } from 'graphql';

import type { Clock } from '#shared/ports/clock.ts';

import { jsonAnswer, type Answer } from '../core/answer.ts';
import type { VendorSide } from '../core/create-twin.ts';
import type { RestartableRandom } from '../core/restartable-random.ts';
import type { TwinRequest } from '../core/twin.ts';
import { shopifyControlRecords } from './control-records.ts';
import { costOf, fieldsOf, MAX_QUERY_COST, type CostedQuery } from './cost.ts';
import { createCustomerDesk, type CustomerChange } from './customer-desk.ts';
import { createLeakyBucket, type ThrottleStatus } from './leaky-bucket.ts';
import { readQuery, type QueryReading, type ReadQuery } from './read-query.ts';
import { createResolvers, type RequestContext } from './resolvers.ts';
import { API_VERSION, buildTwinSchema } from './schema.ts';
import { queryErrors } from './validation.ts';
import { variableErrors } from './variables.ts';
import { writeDraftsOf } from './write-drafts.ts';

export interface ShopifySideOptions {
  readonly clock: Clock;
  readonly random: RestartableRandom;
  readonly accessToken: string;
  readonly shopDomain: string;
  readonly country: string;
  readonly appId: string;
  readonly bucket: { readonly maximum: number; readonly restoreRate: number };
  readonly announce: (changes: readonly CustomerChange[]) => void;
  readonly searchLagMs: (label: string) => number;
}

const PATH = `/admin/api/${API_VERSION}/graphql.json`;

/** Creates Shopify's side of the twin. */
export function createShopifySide(options: ShopifySideOptions): VendorSide {
  const { clock, random } = options;
  const now = (): number => clock.now();
  const schema = buildTwinSchema();
  const connections = connectionFields(schema);
  const bucket = createLeakyBucket(options.bucket, now);
  const desk = createCustomerDesk({
    now,
    country: options.country,
    appId: options.appId,
    announce: options.announce,
  });
  const resolvers = createResolvers({
    desk,
    now,
    searchLagMs: options.searchLagMs,
    country: options.country,
    shop: {
      id: 'gid://shopify/Shop/9007199254740993',
      name: 'Twin shop',
      myshopifyDomain: options.shopDomain,
    },
  });
  const readings = new WeakMap<TwinRequest, QueryReading>();

  function read(request: TwinRequest): QueryReading {
    const known = readings.get(request) ?? readQuery(request.body);
    readings.set(request, known);
    return known;
  }

  function costed(query: ReadQuery): CostedQuery {
    return { ...query, isConnection: (name) => connections.has(name) };
  }

  function serve(request: TwinRequest): Answer {
    const url = new URL(request.path, 'http://twin.invalid');
    if (url.pathname !== PATH || request.method !== 'POST') return jsonAnswer(404, { errors: 'Not Found' });
    if (request.headers['x-shopify-access-token'] !== options.accessToken) {
      return jsonAnswer(401, {
        errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
      });
    }
    const reading = read(request);
    if (reading.status === 'no_request')
      return jsonAnswer(400, { errors: { query: 'Required parameter missing or invalid' } });
    if (reading.status === 'syntax')
      return jsonAnswer(200, { errors: [{ message: reading.message, locations: [{ line: 1, column: 1 }] }] });
    return run(reading.query, labelOf(request));
  }

  function run(query: ReadQuery, label: string): Answer {
    const problems = [
      ...queryErrors(schema, query),
      ...variableErrors(schema, query.operation, query.variables),
    ];
    if (problems.length > 0) return jsonAnswer(200, { errors: problems });
    const requested = costOf(costed(query));
    if (requested > MAX_QUERY_COST) return tooCostly(requested);
    if (requested > bucket.status().currentlyAvailable) return throttled(requested);
    const context: RequestContext = { label, outcomes: new Map() };
    // Every resolver answers at once, so the result is no promise.
    const result = execute({
      schema,
      document: query.document,
      rootValue: resolvers,
      contextValue: context,
      variableValues: query.variables,
      operationName: query.operation.name?.value ?? null,
    }) as ExecutionResult;
    const actual = costOf(costed(query), result.data ?? null);
    bucket.take(actual);
    return answerOf(query, result, context, costExtension(requested, actual, bucket.status()));
  }

  function answerOf(
    query: ReadQuery,
    result: ExecutionResult,
    context: RequestContext,
    extensions: object,
  ): Answer {
    const errors = result.errors?.map(({ message, locations, path, extensions: more }) => ({
      message,
      locations: locations ?? [],
      ...(Object.keys(more).length === 0 ? {} : { extensions: more }),
      path: path ?? [],
    }));
    const next = new Map<string, number>();
    const outcomes = writeDraftsOf(query).map(({ key, draft }) => {
      const index = next.get(key) ?? 0;
      next.set(key, index + 1);
      return context.outcomes.get(key)?.[index] ?? { id: draft.id, accepted: false };
    });
    return jsonAnswer(
      200,
      { ...(errors === undefined ? {} : { errors }), data: result.data ?? null, extensions },
      { outcomes },
    );
  }

  function throttled(requested: number, status = bucket.status()): Answer {
    const error = { message: 'Throttled', extensions: { code: 'THROTTLED' } };
    const content = { errors: [error], extensions: costExtension(requested, null, status) };
    return { ...jsonAnswer(200, content), rateLimited: true };
  }

  function namesIn(query: ReadQuery): string {
    return fieldsOf(query, query.operation.selectionSet)
      .map((field) => field.name.value)
      .join(' ');
  }

  function endpointOf(request: TwinRequest): string {
    const reading = read(request);
    return reading.status === 'read'
      ? `${reading.query.operation.operation} ${namesIn(reading.query)}`
      : `${request.method} ${request.path}`;
  }

  function labelOf(request: TwinRequest): string {
    return `${request.method} ${request.path} ${endpointOf(request)}`;
  }

  return {
    describe: (request) => ({ endpoint: endpointOf(request), label: labelOf(request) }),
    writesOf(request) {
      const reading = read(request);
      return reading.status === 'read' ? writeDraftsOf(reading.query).map(({ draft }) => draft) : [];
    },
    serve,
    refuseRate(request) {
      const reading = read(request);
      const requested = reading.status === 'read' ? costOf(costed(reading.query)) : 1;
      // Whoever is told to wait finds too little in the bucket.
      return throttled(requested, { ...bucket.status(), currentlyAvailable: 0 });
    },
    fail: () => jsonAnswer(500, { errors: 'Internal Server Error' }),
    records: { customers: shopifyControlRecords(desk) },
    reset(seed) {
      random.restart(seed);
      bucket.refill();
      desk.clear();
    },
  };
}

function tooCostly(cost: number): Answer {
  const message = `Query cost is ${cost}, which exceeds the single query max cost limit (${MAX_QUERY_COST}).`;
  return jsonAnswer(200, {
    errors: [{ message, extensions: { code: 'MAX_COST_EXCEEDED', cost, maxCost: MAX_QUERY_COST } }],
  });
}

function costExtension(
  requestedQueryCost: number,
  actualQueryCost: number | null,
  throttleStatus: ThrottleStatus,
): object {
  return { cost: { requestedQueryCost, actualQueryCost, throttleStatus } };
}

/** Names of the fields that lead to a connection. */
function connectionFields(schema: GraphQLSchema): ReadonlySet<string> {
  const names = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).filter((field) => /Connection!?$/.test(String(field.type)))
      : [],
  );
  return new Set(names.map((field) => field.name));
}

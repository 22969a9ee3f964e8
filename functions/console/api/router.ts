/**
 * The console's API: one table of addresses, one way through it. Every request passes the same gates in this order,
 * so that no handler can forget one: who asks, which address, what the role may do, where a write comes from, its
 * form. Nothing is read from the store before the role has been checked.
 */
import { ConcordError } from '#shared/errors/concord-error.ts';
import { contentHash } from '#shared/model/hash.ts';
import { may } from '#shared/model/capabilities.ts';
import { idempotencyRef } from '#shared/model/idempotency.ts';
import type { Operator, Operators } from '#shared/ports/operators.ts';
import type { EntryRequest, EntryResponse } from '#shared/runtime/entry.ts';
import { isInstanceCrash } from '#shared/runtime/instance-crash.ts';
import { locationOf } from '#shared/telemetry/error-location.ts';
import { reply } from '../reply.ts';
import type { ApiContext } from './context.ts';
import { isKnown, weakTag } from './etag.ts';
import { matchPath, type PathMatch } from './path-pattern.ts';
import { forbidden, problemBody, refuse, statusOf, type Problem, type Refusal } from './problem.ts';
import type { ReadRoute, Route, WriteRoute } from './route.ts';
import { refusalOfOrigin } from './same-origin.ts';
import { carryOut } from './write-call.ts';

const MAX_BODY_BYTES = 256 * 1_024;
const MAX_QUERY_CHARACTERS = 2_000;
/** Long enough that no two people or dialogs make the same one by chance. */
const IDEMPOTENCY_KEY = /^[A-Za-z0-9_-]{8,128}$/;

export interface ApiOptions {
  readonly context: ApiContext;
  readonly operators: Operators;
  readonly routes: readonly Route[];
}

/** Serves `/api/v1`. `path` of a request is below it. Rejects only when the instance itself dies. */
export function createApi(options: ApiOptions): (request: EntryRequest) => Promise<EntryResponse> {
  const { context, operators, routes } = options;

  return async function api(request): Promise<EntryResponse> {
    const correlationId = context.ports.ids.ulid();
    try {
      const answer = await respond(request);
      return isRefusal(answer) ? replyProblem(answer.problem, correlationId) : answer;
    } catch (error) {
      if (isInstanceCrash(error)) throw error;
      return replyProblem(problemOf(context, error, correlationId), correlationId);
    }
  };

  async function respond(request: EntryRequest): Promise<EntryResponse | Refusal> {
    const operator = await operators.identify(request.headers);
    if (operator === null)
      return refuse('unauthenticated', 'Sign in to the console, then ask again; nothing says who you are.');
    const found = routeFor(routes, request);
    if ('kind' in found) return found;
    const { route, params } = found;
    if (!may(operator.role, route.capability)) return forbidden(operator.role, route.capability);
    if (request.query.length > MAX_QUERY_CHARACTERS)
      return refuse('too_large', `The query has more than ${MAX_QUERY_CHARACTERS} characters; ask for less.`);
    return route.kind === 'read'
      ? answerRead(context, { route, params, operator, request })
      : answerWrite(context, {
          route,
          params,
          operator,
          request,
          sourceAddress: operators.sourceAddress(request.headers),
        });
  }
}

interface Routed<R extends Route> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
  readonly operator: Operator;
  readonly request: EntryRequest;
}

interface RoutedWrite extends Routed<WriteRoute> {
  readonly sourceAddress: string | null;
}

function routeFor(
  routes: readonly Route[],
  { method, path }: EntryRequest,
): { readonly route: Route; readonly params: PathMatch } | Refusal {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const here = routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params === null ? [] : [{ route, params }];
  });
  const found = here.find(({ route }) => route.method === wanted);
  if (found !== undefined) return found;
  if (here.length === 0) return refuse('not_found', 'There is nothing at this address.');
  const allowed = here.map(({ route }) => route.method);
  return refuse('method_not_allowed', `This address takes ${allowed.join(', ')}.`, { more: { allowed } });
}

async function answerRead(context: ApiContext, routed: Routed<ReadRoute>): Promise<EntryResponse | Refusal> {
  const { route, params, operator, request } = routed;
  const found = await route.answer(context, { operator, params, query: request.query, body: request.body });
  if (found.kind === 'refused') return found;
  const etag = found.etag ?? weakTag(found.body);
  const contentType = 'application/json; charset=utf-8';
  return isKnown(request.headers['if-none-match'], etag)
    ? reply({ status: 304, contentType, body: '', headers: { etag } })
    : reply({ status: 200, contentType, body: JSON.stringify(found.body), headers: { etag } });
}

async function answerWrite(
  context: ApiContext,
  { route, params, operator, sourceAddress, request }: RoutedWrite,
): Promise<EntryResponse | Refusal> {
  const { headers, body, query } = request;
  const refusal = refusalOfOrigin(headers) ?? refusalOfForm(request, route);
  if (refusal !== null) return refusal;
  const ifMatch = headers['if-match'] ?? '';
  const decide = route.prepare(context, { operator, params, query, body, ifMatch, sourceAddress });
  if ('kind' in decide) return decide;
  const written = await carryOut(context, {
    ref: idempotencyRef(operator.id, `${route.method} ${route.path}`, headers['idempotency-key'] ?? ''),
    requestHash: contentHash([params, ifMatch, Buffer.from(body).toString('base64')]),
    actor: { operator, capability: route.capability, sourceAddress },
    decide,
  });
  if (written.kind === 'refused') return written;
  const { status, body: text, etag } = written.answer;
  return reply({
    status,
    contentType: 'application/json; charset=utf-8',
    body: text,
    headers: {
      ...(etag === null ? {} : { etag }),
      ...(written.isRepeated ? { 'idempotent-replayed': 'true' } : {}),
    },
  });
}

function refusalOfForm({ headers, body, query }: EntryRequest, route: WriteRoute): Refusal | null {
  if (body.byteLength > MAX_BODY_BYTES)
    return refuse('too_large', `The body is larger than ${MAX_BODY_BYTES / 1_024} KiB; send less at a time.`);
  if (query !== '') return refuse('invalid_request', 'A change takes no query; put it into the body.');
  if (!IDEMPOTENCY_KEY.test(headers['idempotency-key'] ?? ''))
    return refuse(
      'invalid_request',
      'Send an Idempotency-Key of 8 to 128 letters, digits, - or _, and the same one again when you repeat the call.',
    );
  if (route.needsVersion && (headers['if-match'] ?? '') === '')
    return refuse(
      'precondition_required',
      'Send the ETag that you read as If-Match, so that nothing is overwritten unseen.',
    );
  return null;
}

function isRefusal(answer: EntryResponse | Refusal): answer is Refusal {
  return 'kind' in answer;
}

function replyProblem(problem: Problem, correlationId: string): EntryResponse {
  const { retryAfter, more } = problem;
  const allowed = problem.code === 'method_not_allowed' ? more?.['allowed'] : undefined;
  return reply({
    status: statusOf(problem),
    contentType: 'application/problem+json',
    body: problemBody(problem, correlationId),
    headers: {
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(Array.isArray(allowed) ? { allow: allowed.join(', ') } : {}),
    },
  });
}

/** What broke is logged under the id that the person sees; the answer itself says nothing about our insides (M14). */
function problemOf({ ports }: ApiContext, error: unknown, correlationId: string): Problem {
  if (ConcordError.is(error) && error.disposition === 'retry') {
    ports.telemetry.log('warning', 'console.unavailable', { code: error.code, correlationId });
    const retryAfter = Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000));
    return { code: 'unavailable', detail: 'What this needs cannot be reached now; try again.', retryAfter };
  }
  ports.telemetry.log('error', 'console.failed', {
    code: ConcordError.is(error) ? error.code : 'internal',
    correlationId,
    ...(ConcordError.is(error) ? {} : { location: locationOf(error) ?? 'unknown' }),
  });
  return { code: 'internal', detail: 'This did not work and is written down; tell us the correlation id.' };
}

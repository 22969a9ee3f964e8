/**
 * The console's API as a terminal speaks it. A call that got no answer, or was put off, is made again with the same
 * idempotency key, so that it is carried out once (M2); every answer is checked before anything is read from it.
 */
import { z } from 'zod';
import { ConcordError } from '#shared/errors/concord-error.ts';
import type { HttpResponse } from '#shared/ports/http.ts';
import type { Problem, Refused } from './outcome.ts';
import type { Terminal } from './terminal.ts';

const API = '/console/api/v1';
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 4;
const WAIT_MS = 1_000;
const MAX_WAIT_MS = 10_000;

/** An answer in the form that was asked for. */
export interface Answer<T> {
  readonly kind: 'answer';
  readonly status: number;
  readonly body: T;
  /** The answer as it came, for machines. */
  readonly raw: unknown;
  /** For `If-Match`; empty when there is none. */
  readonly etag: string;
}

/** Members of a query; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

export interface Change {
  readonly method: 'POST' | 'PATCH';
  readonly body: object;
  /** What was read, where the address asks for it. */
  readonly ifMatch?: string;
}

export interface ConsoleApi {
  read<S extends z.ZodType>(path: string, schema: S, query?: Query): Promise<Answer<z.output<S>> | Refused>;
  change<S extends z.ZodType>(
    path: string,
    schema: S,
    change: Change,
  ): Promise<Answer<z.output<S>> | Refused>;
}

export interface ConsoleApiOptions {
  readonly terminal: Pick<Terminal, 'http' | 'ids' | 'wait' | 'stopped'>;
  /** Base of the console's addresses. */
  readonly url: string;
  /** `<id>:<role>`, for the embedded platform, which takes a developer's word for it. */
  readonly as: string | undefined;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const ProblemSchema = z.object({
  title: z.string(),
  code: z.string(),
  detail: z.string(),
  correlationId: z.string().nullish(),
  retryAfter: z.number().nullish(),
  fields: z.record(z.string(), z.string()).nullish(),
});

/** Creates a client of one console for one person. */
export function createConsoleApi({ terminal, url, as }: ConsoleApiOptions): ConsoleApi {
  const who: Readonly<Record<string, string>> = as === undefined ? {} : { 'x-concord-dev-user': as };

  async function ask<S extends z.ZodType>(call: Call, schema: S): Promise<Answer<z.output<S>> | Refused> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await once(call, schema);
      const waitMs = answer.kind === 'refused' ? waitBeforeNext(answer.problem) : null;
      if (waitMs === null || attempt === ATTEMPTS || terminal.stopped.aborted) return answer;
      await terminal.wait(waitMs);
    }
  }

  async function once<S extends z.ZodType>(call: Call, schema: S): Promise<Answer<z.output<S>> | Refused> {
    try {
      const { method, path, headers, body } = call;
      const response = await terminal.http.send({
        method,
        url: `${url}${API}${path}`,
        headers: { accept: 'application/json', ...who, ...headers },
        ...(body === undefined ? {} : { body }),
        timeoutMs: TIMEOUT_MS,
      });
      return answerOf(url, response, schema);
    } catch (error) {
      if (!ConcordError.is(error)) throw error;
      return refused(error.effect === 'unknown' ? unanswered(url) : unreachable(url));
    }
  }

  return {
    read: (path, schema, query = {}) =>
      ask({ method: 'GET', path: `${path}${queryText(query)}`, headers: {} }, schema),
    change: (path, schema, { method, body, ifMatch }) =>
      ask(
        {
          method,
          path,
          headers: {
            'content-type': 'application/json',
            'idempotency-key': terminal.ids.ulid(),
            ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
          },
          body: JSON.stringify(body),
        },
        schema,
      ),
  };
}

/** Null when the same call would be answered in the same way. */
function waitBeforeNext({ code, retryAfter }: Problem): number | null {
  const passes = ['unreachable', 'unanswered', 'unavailable', 'call_under_way'].includes(code);
  return passes ? Math.min(retryAfter === null ? WAIT_MS : retryAfter * 1_000, MAX_WAIT_MS) : null;
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
}

function answerOf<S extends z.ZodType>(
  url: string,
  { status, headers, body }: HttpResponse,
  schema: S,
): Answer<z.output<S>> | Refused {
  const raw = jsonOf(body);
  if (status >= 400) {
    const problem = ProblemSchema.safeParse(raw);
    return refused(problem.success ? problemOf(problem.data, raw) : stranger(url, status));
  }
  if (status >= 300 || raw === undefined) return refused(stranger(url, status));
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { kind: 'answer', status, body: parsed.data, raw, etag: headers['etag'] ?? '' };
  return refused(unreadable(url, parsed.error.issues));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(problem: Problem): Refused {
  return { kind: 'refused', problem };
}

function problemOf(given: z.output<typeof ProblemSchema>, body: unknown): Problem {
  const { title, code, detail, correlationId, retryAfter, fields } = given;
  return {
    title,
    code,
    detail,
    correlationId: correlationId ?? null,
    retryAfter: retryAfter ?? null,
    fields: fields ?? {},
    body,
  };
}

function unreachable(url: string): Problem {
  return ours(
    'unreachable',
    'No answer',
    `The console at ${url} cannot be reached. Start it with npm start, or say where it is with --url or CONCORD_CONSOLE_URL.`,
  );
}

function unanswered(url: string): Problem {
  return ours(
    'unanswered',
    'No answer',
    `The console at ${url} gave no answer in time. A change may have been made all the same: look before you repeat it.`,
  );
}

function stranger(url: string, status: number): Problem {
  return ours(
    'no_console',
    'No console there',
    `What answers at ${url} (status ${status}) is no console; say where it is with --url or CONCORD_CONSOLE_URL.`,
  );
}

function unreadable(url: string, issues: readonly z.core.$ZodIssue[]): Problem {
  const where = issues.slice(0, 3).map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  return ours(
    'unknown_form',
    'Another release',
    `The console at ${url} answers in a form that is not known here (${where.join('; ')}). Use the release that it runs.`,
  );
}

function ours(code: string, title: string, detail: string): Problem {
  const body = { title, code, detail };
  return { ...body, fields: {}, correlationId: null, retryAfter: null, body };
}

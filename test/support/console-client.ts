import type { Role } from '#shared/model/capabilities.ts';
import type { LocalMesh } from '#shared/runtime/mesh.ts';

/** What a test asks the console. */
export interface Asking {
  /** `<id>:<role>`. @default 'olga:operator' */
  readonly as?: `${string}:${Role}`;
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown;
  /** Beside those that a browser on the console's own page sends; `undefined` takes one of them away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** An answer of the console, its JSON parsed. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

let keys = 0;

/** A key that no other call of the process has. */
export function freshKey(): string {
  keys += 1;
  return `test-key-${keys}`;
}

/**
 * Asks the console's API as a browser on its own page would. `path` is below `/api/v1` and may have a query.
 *
 * @example
 * const { body } = await askConsole(world, 'GET', '/records?type=customer', { as: 'vera:viewer' });
 */
export async function askConsole(
  { mesh }: { readonly mesh: Pick<LocalMesh, 'call'> },
  method: string,
  path: string,
  { as = 'olga:operator', body, headers = {} }: Asking = {},
): Promise<ConsoleAnswer> {
  const [below = '/', query = ''] = path.split(/\?(.*)/s);
  const isWrite = method !== 'GET' && method !== 'HEAD';
  const text =
    body === undefined ? (isWrite ? '{}' : '') : typeof body === 'string' ? body : JSON.stringify(body);
  const given = {
    host: 'localhost:8080',
    'x-concord-dev-user': as,
    'sec-fetch-site': 'same-origin',
    ...(isWrite
      ? {
          origin: 'http://localhost:8080',
          'content-type': 'application/json',
          'idempotency-key': freshKey(),
        }
      : {}),
    ...headers,
  };
  const answer = await mesh.call('console', {
    method,
    path: `/api/v1${below}`,
    query,
    headers: given,
    body: Buffer.from(text),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>),
  };
}

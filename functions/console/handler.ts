import type { Operators } from '#shared/ports/operators.ts';
import type { EntryRequest, EntryResponse } from '#shared/runtime/entry.ts';
import type { PublicAnswer } from '#shared/runtime/http-entry.ts';
import type { ApiContext } from './api/context.ts';
import { createApi } from './api/router.ts';
import { ROUTES } from './api/routes.ts';
import { HOME_PAGE } from './home-page.ts';
import { reply } from './reply.ts';

export interface ConsoleOptions {
  readonly context: ApiContext;
  readonly operators: Operators;
}

const API = '/api/v1';

/** Answers operators: the API below `/api/v1`, and a page that leads there. */
export function createConsole(options: ConsoleOptions): (request: EntryRequest) => Promise<PublicAnswer> {
  const api = createApi({ ...options, routes: ROUTES });

  return async function console(request): Promise<PublicAnswer> {
    const response = request.path.startsWith(`${API}/`)
      ? await api({ ...request, path: request.path.slice(API.length) })
      : page(request);
    return { status: 'replied', response };
  };
}

function page({ path, method }: EntryRequest): EntryResponse {
  const contentType = 'text/plain; charset=utf-8';
  if (path !== '/') return reply({ status: 404, contentType, body: 'There is nothing at this address.\n' });
  if (method === 'GET' || method === 'HEAD')
    return reply({ status: 200, contentType: 'text/html; charset=utf-8', body: HOME_PAGE });
  const body = 'This page can only be read.\n';
  return reply({ status: 405, contentType, body, headers: { allow: 'GET, HEAD' } });
}

import type { HttpFunction, Request } from '@google-cloud/functions-framework';
import type { Entry, EntryRequest } from './entry.ts';

/**
 * Adapts an entry to `http(name, ...)` of functions-framework. Always asynchronous: a synchronous throw
 * would end the process where the framework's domains are switched off.
 */
export function toFrameworkHandler(entry: Entry): HttpFunction {
  return async function frameworkHandler(request, response): Promise<void> {
    const { status, headers, body } = await entry(toEntryRequest(request));
    const bytes = Buffer.from(body, 'utf8');
    response.writeHead(status, { ...headers, 'content-length': bytes.byteLength });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
}

function toEntryRequest(request: Request): EntryRequest {
  const [path = '/', ...rest] = request.originalUrl.split('?');
  return {
    method: request.method,
    path: path === '' ? '/' : path,
    query: rest.join('?'),
    headers: headersOf(request),
    body: request.rawBody ?? new Uint8Array(0),
  };
}

/** Only `set-cookie`, which no request carries, may come as a list. */
function headersOf(request: Request): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

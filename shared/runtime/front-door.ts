import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { PumpHealth } from './function-host.ts';
import type { FunctionPlacement } from './function-placement.ts';
import type { Manifest } from './manifest.ts';
import { splitPath } from './mesh.ts';

export interface FrontDoorOptions {
  readonly manifests: readonly Manifest[];
  /** Null until the functions are there. */
  readonly placement: () => FunctionPlacement | null;
  /** Null until the pumps run. */
  readonly pumps: () => readonly PumpHealth[] | null;
}

/**
 * Routes what comes to the local host's port. Internal functions have no address here: they are reached
 * by the platform alone, as in the cloud.
 */
export function createFrontDoor(options: FrontDoorOptions): RequestListener {
  const open = new Set(
    options.manifests.filter(({ ingress }) => ingress !== 'internal').map(({ name }) => name),
  );

  return function frontDoor(request, response) {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (path === '/') return redirect(response, '/console/');
    if (path === '/healthz') return answerHealth(options, response);
    const { functionName } = splitPath(path);
    if (!open.has(functionName))
      return answerJson(response, 404, { status: 'rejected', reason: 'not_found' });
    if (path === `/${functionName}` && isReading(request)) return redirect(response, `${path}/`);
    const placement = options.placement();
    if (placement === null) return answerJson(response, 503, { status: 'retry', reason: 'starting' });
    request.url = below(functionName, request.url ?? '/');
    return placement.serve(functionName, request, response);
  };
}

function below(functionName: string, url: string): string {
  const rest = url.slice(functionName.length + 1);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** 200 only when every pump does its turns and every function can be reached. */
function answerHealth({ placement, pumps }: FrontDoorOptions, response: ServerResponse): void {
  const running = pumps();
  const isWell = running !== null && running.every(({ alive }) => alive) && placement()?.isReady() === true;
  answerJson(response, isWell ? 200 : 503, { status: isWell ? 'ok' : 'not_ready', pumps: running ?? [] });
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'content-length': 0 }).end();
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body);
}

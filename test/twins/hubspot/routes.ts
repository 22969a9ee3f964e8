import type { BatchAction } from './batch-api.ts';

/** What a HubSpot request asks for. */
export type Route =
  | { readonly kind: 'list' | 'create' | 'search' | 'merge' | 'erase'; readonly type: string }
  | { readonly kind: 'read' | 'update' | 'archive'; readonly type: string; readonly id: string }
  | { readonly kind: 'batch'; readonly type: string; readonly action: BatchAction }
  | { readonly kind: 'properties'; readonly type: string; readonly name: string | undefined }
  | { readonly kind: 'unknown' };

/** The API version that the twin speaks. Others do not exist for it. */
const API_VERSION = '2026-09';

const BATCH_ACTIONS: readonly string[] = [
  'read',
  'create',
  'update',
  'archive',
  'upsert',
] satisfies BatchAction[];

/** Reads a route from method and path. */
export function routeOf(method: string, pathname: string): Route {
  const [crm, family, version, type = '', ...rest] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  if (crm !== 'crm' || version !== API_VERSION || type === '') return { kind: 'unknown' };
  if (family === 'properties')
    return rest.length > 1 ? { kind: 'unknown' } : { kind: 'properties', type, name: rest[0] };
  return family === 'objects' ? objectRoute(method, type, rest) : { kind: 'unknown' };
}

function objectRoute(method: string, type: string, rest: readonly string[]): Route {
  const [id, action, ...more] = rest;
  if (more.length > 0) return { kind: 'unknown' };
  if (id === undefined)
    return method === 'GET'
      ? { kind: 'list', type }
      : method === 'POST'
        ? { kind: 'create', type }
        : { kind: 'unknown' };
  if (id === 'batch' && method === 'POST' && BATCH_ACTIONS.includes(action ?? '')) {
    return { kind: 'batch', type, action: action as BatchAction };
  }
  if (action !== undefined) return { kind: 'unknown' };
  if (method === 'POST') return postRoute(type, id);
  const kinds: Readonly<Record<string, 'read' | 'update' | 'archive'>> = {
    GET: 'read',
    PATCH: 'update',
    DELETE: 'archive',
  };
  const kind = kinds[method];
  return kind === undefined ? { kind: 'unknown' } : { kind, type, id };
}

function postRoute(type: string, name: string): Route {
  switch (name) {
    case 'search':
      return { kind: 'search', type };
    case 'merge':
      return { kind: 'merge', type };
    case 'gdpr-delete':
      return { kind: 'erase', type };
    default:
      return { kind: 'unknown' };
  }
}

/** The endpoint without ids, for statistics. */
export function endpointOf(method: string, pathname: string, route: Route): string {
  const hasId = route.kind === 'read' || route.kind === 'update' || route.kind === 'archive';
  const path = hasId ? `${pathname.slice(0, pathname.lastIndexOf('/'))}/{id}` : pathname;
  return `${method} ${path}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

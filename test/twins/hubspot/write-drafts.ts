import type { JsonValue } from '#shared/model/json.ts';

import type { WriteDraft } from '../core/write-log.ts';
import { asObject } from './objects-api.ts';
import type { Route } from './routes.ts';

/** The writes that a request asks for, one for each record. */
export function writeDraftsOf(
  method: string,
  pathname: string,
  route: Route,
  body: unknown,
): readonly WriteDraft[] {
  const draft = (type: string, id: string | null, fields: unknown): WriteDraft => ({
    method,
    path: pathname,
    type,
    id,
    fields: (fields ?? {}) as JsonValue,
    idempotencyKey: null,
  });
  const request = asObject(body);
  switch (route.kind) {
    case 'create':
      return [draft(route.type, null, request['properties'])];
    case 'update':
      return [draft(route.type, route.id, request['properties'])];
    case 'archive':
      return [draft(route.type, route.id, {})];
    case 'merge':
      return [draft(route.type, textOf(request['primaryObjectId']), request)];
    case 'erase':
      return [draft(route.type, textOf(request['objectId']), request)];
    case 'properties':
      return method === 'GET'
        ? []
        : [draft('properties', textOf(request['name']) ?? route.name ?? null, request)];
    case 'batch':
      return route.action === 'read' ? [] : batchDrafts(route.type, request, draft);
    default:
      return [];
  }
}

function batchDrafts(
  type: string,
  request: Readonly<Record<string, unknown>>,
  draft: (type: string, id: string | null, fields: unknown) => WriteDraft,
): readonly WriteDraft[] {
  const inputs = Array.isArray(request['inputs']) ? request['inputs'].map(asObject) : [];
  return inputs.map((input) => ({
    ...draft(type, textOf(input['id']), input['properties']),
    idempotencyKey: textOf(input['objectWriteTraceId']),
  }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

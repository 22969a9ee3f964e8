import { z } from 'zod';

import { FAULT_KINDS, FaultSchema, type FaultBook } from './faults.ts';
import { jsonAnswer, type Answer } from './answer.ts';
import { parseObject } from './json-body.ts';
import type { StatsCounter } from './stats.ts';
import type { TwinRequest } from './twin.ts';
import type { WriteLog } from './write-log.ts';

/** A record as a person sees it in the vendor's own UI: flat native fields. */
export type FlatRecord = Readonly<Record<string, unknown>>;

/** How loud an act of the control side is. */
export interface Loudness {
  /** Sends no webhook. */
  readonly silent: boolean;
  /** Moves no modified time either. */
  readonly keepModified: boolean;
}

/** An act was refused; `status` 404, 409 or 400 and what to do about it. */
export interface ControlRefusal {
  readonly status: 400 | 404 | 409;
  readonly message: string;
}

export type ControlResult = { readonly record: FlatRecord } | { readonly refused: ControlRefusal };

/** One record type of a twin, as a person in the vendor's UI works with it. */
export interface ControlRecords {
  list(): readonly FlatRecord[];
  get(id: string): FlatRecord | null;
  create(fields: FlatRecord, loudness: Loudness): ControlResult;
  update(id: string, fields: FlatRecord, loudness: Loudness): ControlResult;
  remove(id: string, loudness: Loudness): ControlResult;
  /** Further acts of that UI, such as `merge` and `restore`: `POST /_twin/records/{type}/{id}/{act}`. */
  readonly acts: Readonly<
    Record<string, (id: string, fields: FlatRecord, loudness: Loudness) => ControlResult>
  >;
}

export interface ControlSide {
  readonly types: Readonly<Record<string, ControlRecords>>;
  readonly faults: FaultBook;
  readonly writes: WriteLog;
  readonly stats: StatsCounter;
  readonly pendingWebhooks: () => number;
  /** Empties the twin; a seed restarts its randomness. */
  readonly reset: (seed: number | undefined) => void;
}

const ResetSchema = z.strictObject({
  seed: z.number().int().optional(),
  records: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).optional(),
});

const SILENT: Loudness = { silent: true, keepModified: false };

/** Serves a path below `/_twin/`. Input it cannot use gets a 400 that says what to do. */
export function handleControl(side: ControlSide, request: TwinRequest): Answer {
  const url = new URL(request.path, 'http://twin.invalid');
  const parts = decodeParts(url.pathname.slice('/_twin/'.length));
  if (parts === null) return refuse(400, 'The path holds a percent sign that starts no percent-encoding.');
  const [what = '', ...rest] = parts;
  const route = `${request.method} ${what}`;
  switch (route) {
    case 'POST reset':
      return reset(side, request.body);
    case 'GET writes':
      return writes(side, url.searchParams.get('since') ?? '0');
    case 'GET stats':
      return jsonAnswer(200, side.stats.read(side.pendingWebhooks()));
    case 'GET faults':
      return jsonAnswer(200, { items: side.faults.list() });
    case 'POST faults':
      return addFault(side, request.body);
    case 'DELETE faults':
      side.faults.clear();
      return jsonAnswer(200, { items: [] });
    default:
      if (what === 'records') return records(side, request, rest, url.searchParams);
      return refuse(
        404,
        `There is no ${request.method} ${url.pathname}. Use reset, records, writes, stats or faults.`,
      );
  }
}

function decodeParts(path: string): readonly string[] | null {
  try {
    return path.split('/').map((part) => decodeURIComponent(part));
  } catch {
    return null;
  }
}

function reset(side: ControlSide, body: string): Answer {
  const parsed = ResetSchema.safeParse(sentObject(body) ?? undefined);
  if (!parsed.success)
    return refuse(400, `Send {seed?: integer, records?: {type: [fields]}}: ${because(parsed.error)}`);
  const unknown = Object.keys(parsed.data.records ?? {}).find((type) => tableOf(side, type) === undefined);
  if (unknown !== undefined) return refuse(400, `There is no record type ${unknown}. Use ${names(side)}.`);
  side.reset(parsed.data.seed);
  for (const [type, items] of Object.entries(parsed.data.records ?? {})) {
    for (const [index, fields] of items.entries()) {
      const result = tableOf(side, type)?.create(fields, SILENT);
      if (result !== undefined && 'refused' in result) {
        side.reset(parsed.data.seed);
        return refuse(400, `records.${type}[${index}]: ${result.refused.message} The twin is empty now.`);
      }
    }
  }
  const counts = Object.entries(side.types).map(([type, table]) => [type, table.list().length]);
  return jsonAnswer(200, { records: Object.fromEntries(counts) });
}

function writes(side: ControlSide, since: string): Answer {
  if (!/^\d*$/.test(since))
    return refuse(400, 'since is the seq of the last write you have: a whole number, 0 for all.');
  return jsonAnswer(200, { items: side.writes.since(Number(since)) });
}

function addFault(side: ControlSide, body: string): Answer {
  const parsed = FaultSchema.safeParse(sentObject(body) ?? undefined);
  if (!parsed.success) {
    return refuse(
      400,
      `Send {kind, rate?, count?, path?, ms?} with kind one of ${FAULT_KINDS.join(', ')}: ${because(parsed.error)}`,
    );
  }
  return jsonAnswer(201, side.faults.add(parsed.data));
}

function records(
  side: ControlSide,
  request: TwinRequest,
  rest: readonly string[],
  query: URLSearchParams,
): Answer {
  const [type = '', ...tail] = rest.filter((part, index) => part !== '' || index > 0);
  const table = tableOf(side, type);
  if (table === undefined) return refuse(404, `There is no record type "${type}". Use ${names(side)}.`);
  const loudness = loudnessOf(query);
  if (loudness === null)
    return refuse(400, 'silent and keepModified take true or false; keepModified needs silent=true.');
  const { id, act } = splitTail(table, tail);
  const fields = request.method === 'GET' || request.method === 'DELETE' ? {} : sentObject(request.body);
  if (fields === null) return refuse(400, 'The body must be one JSON object of flat native fields.');

  if (request.method === 'GET' && id === '') return jsonAnswer(200, { items: table.list() });
  if (request.method === 'GET') {
    const record = table.get(id);
    return record === null
      ? refuse(404, `There is no record ${id} of type ${type}.`)
      : jsonAnswer(200, record);
  }
  if (request.method === 'POST' && id === '') return answerOf(table.create(fields, loudness), 201);
  if (request.method === 'POST' && act !== undefined) return answerOf(act(id, fields, loudness), 200);
  if (request.method === 'PATCH' && id !== '') return answerOf(table.update(id, fields, loudness), 200);
  if (request.method === 'DELETE' && id !== '') return answerOf(table.remove(id, loudness), 200);
  const acts = Object.keys(table.acts).map((name) => `POST records/${type}/{id}/${name}`);
  const offer = [`GET and POST records/${type}`, `GET, PATCH, DELETE records/${type}/{id}`, ...acts].join(
    '; ',
  );
  return refuse(400, `${request.method} is not possible here. Use ${offer}.`);
}

/** An id may itself hold slashes (`gid://shopify/Customer/1`), so an act is only read off the end. */
function splitTail(
  table: ControlRecords,
  tail: readonly string[],
): { id: string; act: ControlRecords['acts'][string] | undefined } {
  const last = tail.at(-1) ?? '';
  const act = tail.length > 1 && Object.hasOwn(table.acts, last) ? table.acts[last] : undefined;
  return { id: (act === undefined ? tail : tail.slice(0, -1)).join('/'), act };
}

function loudnessOf(query: URLSearchParams): Loudness | null {
  const read = (name: string): boolean | null => {
    const text = query.get(name) ?? 'false';
    return text === 'true' ? true : text === 'false' ? false : null;
  };
  const silent = read('silent');
  const keepModified = read('keepModified');
  return silent === null || keepModified === null || (keepModified && !silent)
    ? null
    : { silent, keepModified };
}

function answerOf(result: ControlResult, status: number): Answer {
  return 'refused' in result
    ? refuse(result.refused.status, result.refused.message)
    : jsonAnswer(status, result.record);
}

function refuse(status: number, message: string): Answer {
  return jsonAnswer(status, { error: message });
}

/** What was sent as an object; nothing is an empty one. */
function sentObject(body: string): Record<string, unknown> | null {
  return body.trim() === '' ? {} : parseObject(body);
}

/** Names that every object inherits (`constructor`) are no record types. */
function tableOf({ types }: ControlSide, type: string): ControlRecords | undefined {
  return Object.hasOwn(types, type) ? types[type] : undefined;
}

function names(side: ControlSide): string {
  return Object.keys(side.types).join(', ');
}

function because(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim()).join('; ');
}

import { toInstant } from '#shared/model/instant.ts';

import { jsonAnswer, type Answer } from '../core/answer.ts';
import type { WriteOutcome } from '../core/write-log.ts';
import { shuffled } from '../core/random.ts';
import { invalid, unnamedConflict, type HubspotError } from './hubspot-error.ts';
import { asObject, findRecord, isRecord, type ObjectsContext } from './objects-api.ts';
import { presentRecord, presentWritten } from './present-record.ts';
import { checkValues } from './property-values.ts';
import type { HubspotRecord } from './record-store.ts';

export type BatchAction = 'read' | 'create' | 'update' | 'archive' | 'upsert';

const MAX_INPUTS = 100;

interface BatchInput {
  readonly id: string;
  readonly idProperty: string | null;
  readonly properties: unknown;
  readonly traceId: string | null;
}

interface BatchRun {
  readonly results: Record<string, unknown>[];
  readonly errors: { readonly error: HubspotError; readonly input: BatchInput }[];
  readonly missingIds: string[];
  readonly outcomes: WriteOutcome[];
}

/**
 * Serves `/batch/{action}`. Without an `objectWriteTraceId` on every input one bad row refuses all of them;
 * with unique ones the good rows are written and the answer is 207. Rows that do not exist never refuse the
 * others. Results come in no particular order.
 */
export function serveBatch(
  context: ObjectsContext,
  action: BatchAction,
  body: unknown,
  time: { readonly now: number; readonly random: () => number },
): Answer | HubspotError {
  const request = asObject(body);
  const inputs = inputsOf(request, action);
  if (!Array.isArray(inputs)) return inputs as HubspotError;
  const rows = inputs as readonly BatchInput[];
  const traced =
    rows.every((row) => row.traceId !== null) && new Set(rows.map((row) => row.traceId)).size === rows.length;
  if (!traced && action !== 'read') {
    const refusal = firstRefusal(context, action, rows);
    if (refusal !== null) return refusal;
  }
  const run: BatchRun = { results: [], errors: [], missingIds: [], outcomes: [] };
  for (const row of rows) run.outcomes.push(perform(context, action, row, request, run));
  return finish(action, run, time);
}

function inputsOf(
  request: Readonly<Record<string, unknown>>,
  action: BatchAction,
): readonly BatchInput[] | HubspotError {
  const given = request['inputs'];
  if (!Array.isArray(given) || given.length === 0) return invalid('Invalid input JSON: inputs are missing');
  if (given.length > MAX_INPUTS) return invalid(`There may be ${MAX_INPUTS} inputs at most`);
  const shared = request['idProperty'];
  const inputs = given.map((entry): BatchInput => {
    const input = asObject(entry);
    const own = input['idProperty'] ?? shared;
    const trace = input['objectWriteTraceId'];
    return {
      id: typeof input['id'] === 'string' ? input['id'] : '',
      idProperty: typeof own === 'string' ? own : null,
      properties: input['properties'] ?? {},
      traceId: typeof trace === 'string' ? trace : null,
    };
  });
  if (action === 'create') return inputs;
  if (inputs.some((input) => input.id === ''))
    return invalid('Invalid input JSON: each input needs an id in text');
  if (action === 'update' && inputs.some((input) => input.idProperty === 'email')) {
    return invalid('email cannot be the idProperty of a batch update');
  }
  const twice = inputs.map((input) => input.id).filter((id, index, ids) => ids.indexOf(id) !== index);
  if (twice.length > 0 && action !== 'read') {
    return invalid(`Duplicate IDs found in batch input: [${twice.join(', ')}]. IDs must be unique`, {
      ids: twice,
    });
  }
  return inputs;
}

/** Whether one row refuses the whole batch. Rows of one batch also clash with each other. */
function firstRefusal(
  context: ObjectsContext,
  action: BatchAction,
  rows: readonly BatchInput[],
): HubspotError | null {
  const { store } = context;
  const keys = new Set<string>();
  for (const row of rows) {
    if (action === 'archive') continue;
    const found = action === 'create' ? null : findRecord(store, row.id, row.idProperty);
    if (found !== null && !isRecord(found)) return found;
    if (action === 'update' && found === null) continue;
    const checked = checkValues(store, valuesOf(action, row), found, 'api');
    if (checked.status === 'refused')
      return checked.error.existingId === undefined ? checked.error : unnamedConflict(store.type.label);
    const key = checked.values.get(store.type.keyProperty?.name ?? '');
    if (key === undefined || key === '') continue;
    if (keys.has(key)) return invalid(`Duplicate values in batch input: [${key}]`);
    keys.add(key);
  }
  return null;
}

function perform(
  context: ObjectsContext,
  action: BatchAction,
  row: BatchInput,
  request: Readonly<Record<string, unknown>>,
  run: BatchRun,
): WriteOutcome {
  const { store, desk, author } = context;
  const found = action === 'create' ? null : findRecord(store, row.id, row.idProperty);
  if (found !== null && !isRecord(found)) return fail(run, row, found);
  const wantsArchived = request['archived'] === true && action === 'read';
  const present = found !== null && (found.archivedAt !== null) === wantsArchived ? found : null;
  if (present === null && (action === 'read' || action === 'update' || action === 'archive')) {
    run.missingIds.push(row.id);
    return { id: row.id, accepted: false };
  }
  if (present !== null && action === 'read') {
    run.results.push(
      presentRecord(store, present, {
        properties: texts(request['properties']),
        history: texts(request['propertiesWithHistory']),
      }),
    );
    return { id: present.id, accepted: true };
  }
  if (present !== null && action === 'archive') {
    desk.archive(present, author);
    return { id: present.id, accepted: true };
  }
  const isNew = present === null;
  const result = isNew
    ? desk.create(valuesOf(action, row), author)
    : desk.update(present, row.properties, author);
  if (result.status === 'refused') return fail(run, row, result.error);
  run.results.push(writtenRow(context, action, row, result.record, isNew, result.values.keys()));
  return { id: result.record.id, accepted: true };
}

function valuesOf(action: BatchAction, row: BatchInput): unknown {
  if (action !== 'upsert' || row.idProperty === null || row.idProperty === 'hs_object_id')
    return row.properties;
  return { [row.idProperty]: row.id, ...asObject(row.properties) };
}

function writtenRow(
  { store }: ObjectsContext,
  action: BatchAction,
  row: BatchInput,
  record: HubspotRecord,
  isNew: boolean,
  written: Iterable<string>,
): Record<string, unknown> {
  return {
    ...presentWritten(store, record, isNew ? record.values.keys() : written),
    ...(action === 'upsert' ? { new: isNew } : {}),
    ...(row.traceId === null ? {} : { objectWriteTraceId: row.traceId }),
  };
}

function fail(run: BatchRun, input: BatchInput, error: HubspotError): WriteOutcome {
  run.errors.push({ error, input });
  return { id: null, accepted: false };
}

function finish(
  action: BatchAction,
  run: BatchRun,
  { now, random }: { readonly now: number; readonly random: () => number },
): Answer {
  const errors: unknown[] = run.errors.map(({ error, input }) => ({
    status: 'error',
    category: error.category,
    message: error.message,
    context: {
      ...error.context,
      ...(input.traceId === null ? {} : { objectWriteTraceId: [input.traceId] }),
      ...(error.existingId === undefined ? {} : { existingId: [error.existingId] }),
    },
  }));
  if (run.missingIds.length > 0) {
    errors.push({
      status: 'error',
      category: 'OBJECT_NOT_FOUND',
      message: 'Some objects could not be found; they may be deleted or not exist.',
      context: { ids: run.missingIds },
    });
  }
  if (action === 'archive') return jsonAnswer(204, undefined, { outcomes: run.outcomes });
  const good = action === 'create' ? 201 : 200;
  const content = {
    status: 'COMPLETE',
    results: shuffled(run.results, random),
    ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
    startedAt: toInstant(now),
    completedAt: toInstant(now),
  };
  return jsonAnswer(errors.length === 0 ? good : 207, content, { outcomes: run.outcomes });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

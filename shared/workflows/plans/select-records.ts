import { guards, heldRecords, heldRef, type HeldRecord } from '#shared/model/guard.ts';
import { RecordId, type FieldPath, type SystemId } from '#shared/model/ids.ts';
import type { Plan, PlanFilter, PlanScope } from '#shared/model/plan.ts';
import { records, type FieldVerdict, type RecordDocument } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';

/** A record that a plan is about; undefined where there is none under the id. */
export interface Selected {
  readonly id: RecordId;
  readonly record: RecordDocument | undefined;
}

export interface SelectedPage {
  readonly selected: readonly Selected[];
  /** The last record that was looked at, whether it is meant or not; null on an empty page. */
  readonly last: RecordId | null;
  readonly isLast: boolean;
}

/**
 * The next records of a plan's scope, in the order of their ids. A record that changes meanwhile is taken as it stands
 * when its page is read: applying looks again anyway.
 */
export async function selectRecords(
  store: DocumentStore,
  scope: Exclude<PlanScope, { kind: 'crosswalk' }>,
  { after }: Plan['cursor'],
  limit: number,
): Promise<SelectedPage> {
  switch (scope.kind) {
    case 'ids':
      return named(store, scope.ids, after, limit);
    case 'run':
      return named(store, [scope.recordId], after, limit);
    case 'guard':
      return held(store, scope.guard, after, limit);
    case 'query':
      return found(store, scope.filter, after, limit);
  }
}

async function named(
  store: DocumentStore,
  ids: readonly RecordId[],
  after: string | null,
  limit: number,
): Promise<SelectedPage> {
  const left = [...new Set(ids)].filter((id) => after === null || id > after).toSorted();
  const page = left.slice(0, limit);
  const snapshots = await store.getAll(page.map((id) => records.at(id)));
  return {
    selected: page.map((id, index) => ({ id, record: snapshots[index]?.value })),
    last: page.at(-1) ?? null,
    isLast: left.length <= limit,
  };
}

/** What the guard holds and nobody has let pass yet. */
async function held(
  store: DocumentStore,
  guard: string,
  after: string | null,
  limit: number,
): Promise<SelectedPage> {
  const from = heldRecords.under(guards.at(guard));
  const page = await store.query<HeldRecord>({
    from,
    ...(after === null ? {} : { after: [heldRef(guard, RecordId(after)).path] }),
    limit,
  });
  const waiting = page.filter(({ value }) => value.released === null).map(({ value }) => value.recordId);
  const snapshots = await store.getAll(waiting.map((id) => records.at(id)));
  return {
    selected: waiting.map((id, index) => ({ id, record: snapshots[index]?.value })),
    last: page.at(-1)?.value.recordId ?? null,
    isLast: page.length < limit,
  };
}

async function found(
  store: DocumentStore,
  filter: PlanFilter,
  after: string | null,
  limit: number,
): Promise<SelectedPage> {
  const page = await store.query<RecordDocument>({
    from: records.ref,
    where: [['type', '==', filter.type]],
    ...(after === null ? {} : { after: [records.at(after).path] }),
    limit,
  });
  const meant = page.filter(({ value }) => value.state !== 'merged' && matches(value, filter));
  return {
    selected: meant.map(({ value }) => ({ id: value.id, record: value })),
    last: page.at(-1)?.value.id ?? null,
    isLast: page.length < limit,
  };
}

/** Whether a field of the record stood as the filter says when it was last compared. */
function matches(record: RecordDocument, filter: PlanFilter): boolean {
  const { dimension, class: verdict, cause, path, systems } = filter;
  if ([dimension, verdict, cause, path].every((part) => part === null) && systems.length === 0) return true;
  return Object.entries(record.verdicts)
    .filter(([name]) => dimension === null || name === dimension)
    .some(([, { fields }]) =>
      (Object.entries(fields) as [FieldPath, FieldVerdict][]).some(
        ([name, field]) =>
          (verdict === null || field.verdict === verdict) &&
          (cause === null || field.cause === cause) &&
          (path === null || name === path) &&
          systems.every((system: SystemId) => field.systems.includes(system)),
      ),
    );
}

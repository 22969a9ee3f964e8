/**
 * Joins records by a list: objects that somebody says are one entity become objects of one record (M16). Nothing is
 * accepted by it and no vendor is written to; what then differs is shown, for another plan to settle.
 *
 * K1 A row is looked up again when its turn comes. One whose objects belong to other records by now is refused.
 * K2 One join is one commit, on the versions of both records and under their leases. A row of three records is two
 *    joins; an end in between leaves a row of two.
 * K3 What cannot be meant is blocked: an object that was never met, records that hold different objects of one system,
 *    records of which somebody has said that they are not the same.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import type { EntityType, NativeId, RecordId, SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { CrosswalkPage, Plan } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { set } from '#shared/ports/document-store.ts';
import { itemHash } from '#shared/reconciliation/plan-hash.ts';
import type { BlockReason, ListedObject, PlanItem } from '#shared/reconciliation/plan-item.ts';
import { areDecidedOther } from '../identity/decisions.ts';
import { duplicatesOf, joinRecords } from '../identity/join-records.ts';
import { obstacleOf, readParties } from '../identity/parties.ts';
import { closeDiscrepancies } from '../sync-record/discrepancies.ts';
import { currentRecord } from '../sync-record/identify.ts';
import type { PlanContext } from './plan-context.ts';
import { keptUntil } from './settle-item.ts';

const MAX_RACES = 8;

/** Names of pages and rows below a plan, in the order of the list. */
export const pageName = (number: number): string => `page_${String(number).padStart(4, '0')}`;
export const rowName = (row: number): string => `row_${String(row).padStart(7, '0')}`;

/** What a row comes to as things stand: objects with their records, the first of which stays. */
type Resolved =
  | { readonly status: 'joined' }
  | { readonly status: 'apart'; readonly listed: readonly ListedObject[]; readonly ids: readonly RecordId[] }
  | {
      readonly status: 'blocked';
      readonly listed: readonly ListedObject[];
      readonly system: SystemId | null;
      readonly reason: BlockReason;
    };

/** What a plan holds for a row; null where its objects are of one record already. */
export async function itemOfRow(
  context: PlanContext,
  type: EntityType,
  { row, ids }: CrosswalkPage['rows'][number],
  now: number,
): Promise<PlanItem | null> {
  const resolved = await resolve(context, type, ids);
  if (resolved.status === 'joined') return null;
  const { listed } = resolved;
  const isBlocked = resolved.status === 'blocked';
  const content = { decisions: [], operations: [], listed };
  return {
    ...content,
    recordId: listed[0]?.recordId ?? (rowName(row) as RecordId),
    recordVersion: 0,
    blocked: isBlocked ? [{ system: resolved.system, path: null, reason: resolved.reason }] : [],
    hash: itemHash(content),
    status: isBlocked ? 'blocked' : 'pending',
    reason: isBlocked ? resolved.reason : null,
    outcomes: {},
    runId: null,
    startedAt: null,
    finishedAt: null,
    expireAt: keptUntil(toInstant(now)),
  };
}

/** Joins the records of one row, or says what has come in between. */
export async function joinListed(
  context: PlanContext,
  plan: Plan,
  type: EntityType,
  ref: DocumentRef<PlanItem>,
): Promise<'started' | 'not_pending' | 'contended'> {
  for (let race = 0; race < MAX_RACES; race += 1) {
    const item = await context.ports.store.get(ref);
    if (item === undefined || item.value.status !== 'pending') return 'not_pending';
    const { listed = [] } = item.value;
    const resolved = await resolve(
      context,
      type,
      Object.fromEntries(listed.map(({ system, nativeId }) => [system, nativeId])),
    );
    const outcome = await outcomeOf(context, plan, listed, resolved);
    const at = toInstant(context.ports.clock.now());
    const ended =
      outcome.status === 'goes_on'
        ? item.value
        : { ...item.value, ...outcome.end, startedAt: at, finishedAt: at, expireAt: keptUntil(at) };
    try {
      await context.ports.store.commit([set(ref, ended, item.version), ...outcome.change.writes]);
    } catch (error) {
      if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.alreadyExists))
        continue;
      throw error;
    }
    for (const task of outcome.change.tasks) if (task !== undefined) await context.ports.tasks.enqueue(task);
    if (outcome.status === 'ended') return 'started';
  }
  return 'contended';
}

const NOTHING: Pick<ReturnType<typeof joinRecords>, 'writes' | 'tasks'> = { writes: [], tasks: [] };

type Outcome =
  | { readonly status: 'goes_on'; readonly change: typeof NOTHING }
  | {
      readonly status: 'ended';
      readonly change: typeof NOTHING;
      readonly end: Pick<PlanItem, 'status' | 'reason'>;
    };

async function outcomeOf(
  context: PlanContext,
  plan: Plan,
  listed: readonly ListedObject[],
  resolved: Resolved,
): Promise<Outcome> {
  const refusing = (reason: string): Outcome => ({
    status: 'ended',
    change: NOTHING,
    end: { status: 'refused', reason },
  });
  if (resolved.status === 'joined')
    return { status: 'ended', change: NOTHING, end: { status: 'applied', reason: null } };
  if (resolved.status === 'blocked') return refusing(resolved.reason);
  const seen = new Set(listed.map(({ recordId }) => recordId));
  if (resolved.ids.some((id) => !seen.has(id))) return refusing('preimage_moved'); // K1
  const [first, second] = await readParties(context.ports.store, resolved.ids.slice(0, 2));
  if (first === undefined || second === undefined) return refusing('unknown_record');
  const obstacle = obstacleOf(first) ?? obstacleOf(second);
  if (obstacle !== null) return refusing(obstacle);
  const now = context.ports.clock.now();
  const by = plan.startedBy ?? plan.createdBy;
  const change = joinRecords(first, second, { by, reason: plan.reason ?? plan.id, now });
  const cause = { kind: 'merge', id: first.record.value.id } as const;
  const closed = await closeDiscrepancies(context, second.record.value, cause, toInstant(now));
  return { status: 'goes_on', change: { ...change, writes: [...change.writes, ...closed] } }; // K2
}

/** Looks up whose the objects are. The record that is read already and is the oldest of those stays. */
async function resolve(
  context: PlanContext,
  type: EntityType,
  ids: Readonly<Record<SystemId, NativeId>>,
): Promise<Resolved> {
  const objects = Object.entries(ids) as [SystemId, NativeId][];
  const crosswalks = await context.ports.store.getAll(
    objects.map(([system, nativeId]) => crosswalkRef(system, type, nativeId)),
  );
  const listed: ListedObject[] = [];
  const found = new Map<RecordId, RecordDocument>();
  for (const [index, [system, nativeId]] of objects.entries()) {
    const crosswalk = crosswalks[index]?.value;
    const record =
      crosswalk === undefined || crosswalk.state === 'deleted'
        ? undefined
        : (await currentRecord(context, crosswalk.recordId))?.value;
    if (record === undefined) return { status: 'blocked', listed, system, reason: 'unknown_object' };
    found.set(record.id, record);
    listed.push({ system, nativeId, recordId: record.id });
  }
  const [winner, ...losers] = [...found.values()].toSorted(byStanding);
  if (winner === undefined || losers.length === 0) return { status: 'joined' };
  if (winner.state !== 'active') return { status: 'blocked', listed, system: null, reason: 'not_identified' };
  const reason = await contradiction(context, [winner, ...losers]); // K3
  return reason === null
    ? { status: 'apart', listed, ids: [winner, ...losers].map(({ id }) => id) }
    : { status: 'blocked', listed, system: reason.system, reason: reason.reason };
}

function byStanding(a: RecordDocument, b: RecordDocument): number {
  if (a.state !== b.state) return a.state === 'active' ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

async function contradiction(
  context: PlanContext,
  records: readonly RecordDocument[],
): Promise<{ readonly system: SystemId | null; readonly reason: BlockReason } | null> {
  for (const [index, one] of records.entries())
    for (const other of records.slice(index + 1)) {
      const [system] = duplicatesOf(one, other);
      if (system !== undefined) return { system, reason: 'contradicts' };
      if (await areDecidedOther(context.ports.store, one, other))
        return { system: null, reason: 'decided_other' };
    }
  return null;
}

import { AuditAction } from '#shared/model/audit.ts';
import type { RecordId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { set } from '#shared/ports/document-store.ts';
import { decisionWrites, objectsOf } from '#shared/workflows/identity/decisions.ts';
import { owingLooks, type Decider, type IdentityChange } from '#shared/workflows/identity/join-records.ts';
import { obstacleOf, readParties, type Party } from '#shared/workflows/identity/parties.ts';
import { closeDiscrepancies } from '#shared/workflows/sync-record/discrepancies.ts';
import { taskOfWork } from '#shared/workflows/sync-record/wake.ts';
import type { ApiContext, WriteCall } from './context.ts';
import { notFound, refuse, type Refusal } from './problem.ts';
import type { Decided } from './route.ts';

/** A decision about identity, as a person sent it. */
export type IdentityCall = WriteCall<{ readonly id: RecordId }, { readonly reason: string }>;

const SENTENCES = {
  being_written: 'Concord is writing to one of the systems for this record; try again in a few seconds.',
  outcome_unknown:
    'A write for this record got no answer, and has to be cleared up first; try again in a few seconds.',
} as const;

/**
 * Reads the records that a decision is about, unless it cannot be made now.
 *
 * @param options.mayBeMerged the one that is expected to be merged.
 */
export async function partiesOf(
  context: ApiContext,
  ids: readonly RecordId[],
  options: { readonly mayBeMerged?: RecordId } = {},
): Promise<readonly Party[] | Refusal> {
  const { release } = await context.load();
  const parties: Party[] = [];
  for (const [index, party] of (await readParties(context.ports.store, ids)).entries()) {
    const id = ids[index] ?? '';
    if (party === undefined) return notFound('record', id);
    const { state, mergedInto } = party.record.value;
    if (state === 'merged' && id !== options.mayBeMerged)
      return refuse('conflict', `It was merged into ${mergedInto ?? 'another record'}; act on that one.`);
    if (party.record.value.release > release)
      return refuse('unavailable', 'A newer release has judged this record; try again.', { retryAfter: 5 });
    const obstacle = obstacleOf(party);
    if (obstacle !== null) return refuse('conflict', SENTENCES[obstacle], { retryAfter: 5 });
    parties.push(party);
  }
  return parties;
}

interface IdentityDecided {
  readonly change: (decider: Decider) => IdentityChange;
  /** The records that it is about, as they were. */
  readonly about: readonly RecordDocument[];
  readonly body: { readonly [member: string]: JsonValue };
}

/** The commit of a decision, with its audit entry. What is left of a record that is merged has nothing open. */
export async function decided(
  { ports }: ApiContext,
  { params: { id }, operator, body }: IdentityCall,
  { change, about, body: said }: IdentityDecided,
): Promise<Decided> {
  const now = ports.clock.now();
  const { writes, tasks } = change({ by: operator.id, reason: body.reason, now });
  const lost =
    typeof said['joined'] === 'string' ? about.find((one) => one.id === said['joined']) : undefined;
  const closed =
    lost === undefined
      ? []
      : await closeDiscrepancies({ ports }, lost, { kind: 'merge', id }, toInstant(now));
  return {
    kind: 'decided',
    writes: [...writes, ...closed],
    tasks,
    status: 200,
    body: said,
    audit: {
      action: AuditAction.decideIdentity,
      target: { kind: 'record', id },
      reason: body.reason,
      before: about.map(identityOf),
      after: said,
    },
  };
}

/** Remembers that two records are not the same: neither is linked to, or suggested for, the other again. */
export async function decidedOther(
  context: ApiContext,
  call: IdentityCall,
  otherId: RecordId,
): Promise<Decided | Refusal> {
  const { id } = call.params;
  if (id === otherId) return refuse('conflict', 'A record is always the same as itself.');
  const read = await partiesOf(context, [id, otherId]);
  if ('kind' in read) return read;
  const [one, other] = read.map(({ record }) => record.value) as [RecordDocument, RecordDocument];
  if (one.type !== other.type)
    return refuse('conflict', 'They are of different types; nobody takes them for the same.');
  return decided(context, call, {
    change: ({ by, reason, now }) => {
      const owing = read.map(({ work }) => ({ work, owed: owingLooks(work.value, [], now) }));
      return {
        writes: [
          ...decisionWrites(
            { ones: objectsOf(one), others: objectsOf(other) },
            { type: one.type, verdict: 'not_same', by, at: toInstant(now), reason },
          ),
          ...owing.map(({ work, owed }) => set(work.ref, owed, work.version)),
        ],
        tasks: owing.map(({ owed }) => taskOfWork(owed, now)),
      };
    },
    about: [one, other],
    body: { recordId: id, notSameAs: otherId },
  });
}

function identityOf({ id, state, mergedInto, links }: RecordDocument): JsonValue {
  return {
    recordId: id,
    state,
    mergedInto,
    objects: Object.entries(links).map(([system, { nativeId }]) => `${system}:${nativeId}`),
  };
}

/**
 * Taking a record's lease for one invocation of a run (L1-L4 of the lease module).
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { leases, nextLookAt, outlivesCall, takeoverAt, type Lease } from '#shared/engine/lease.ts';
import type { RunId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { create, set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { SyncContext } from './context.ts';
import { advanced, runRef, runWrites } from './loaded-run.ts';
import type { SyncRun } from './open-run.ts';

export type LeaseResult =
  /**
   * Ours. With a run in doubt, its owner was fenced out: the record has changed, and that run has and is due now.
   */
  | { readonly status: 'held'; readonly lease: Snapshot<Lease>; readonly inDoubt: SyncRun | null }
  /** Another invocation may still be writing: come back at the time given. */
  | { readonly status: 'busy'; readonly until: number }
  /** Somebody changed the lease, the record or the run meanwhile: look again. */
  | { readonly status: 'lost_race' };

/**
 * Takes the lease, or takes it over once its owner can no longer be acting. That nobody had it since `held` was
 * read is proved by its version: the run that was read with it is then as new as it looks.
 */
export async function holdLease(
  context: SyncContext,
  run: Snapshot<SyncRun>,
  record: Snapshot<RecordDocument>,
  held: Snapshot<Lease> | undefined,
): Promise<LeaseResult> {
  const { clock, ids, store } = context.ports;
  const now = clock.now();
  const lease: Lease = { owner: ids.ulid(), runId: run.value.id, expiresAt: now + context.timing.leaseMs };
  const ref = leases.at(run.value.recordId);
  const isAbandoned = held !== undefined && held.value.owner !== null;
  if (isAbandoned && takeoverAt(held.value, context.timing) > now) {
    return { status: 'busy', until: nextLookAt(held.value, now, context.timing) };
  }
  const taking: Write = held === undefined ? create(ref, lease) : set(ref, lease, held.version);
  const takeover = isAbandoned ? await takeOver(context, held.value.runId, run, record, now) : null;
  try {
    const [written] = await store.commit([taking, ...(takeover?.writes ?? [])]);
    const version = written?.version ?? '';
    return { status: 'held', lease: { ref, value: lease, version }, inDoubt: takeover?.run ?? null };
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.alreadyExists) || ConcordError.is(error, ErrorCode.conflict)) {
      return { status: 'lost_race' };
    }
    throw error;
  }
}

/** The write that gives the lease back. */
export function givenBack({ ref, value, version }: Snapshot<Lease>): Write {
  return set(ref, { ...value, owner: null }, version);
}

/** Whether one more vendor call may start under the lease. */
export function mayCallUnder(context: SyncContext, lease: Lease): boolean {
  return outlivesCall(lease, context.ports.clock.now(), context.timing);
}

interface Takeover {
  readonly run: SyncRun;
  readonly writes: readonly Write[];
}

/**
 * A takeover gives the run of the former owner a new epoch, in the record and in the run, and makes every step that
 * was under way unknown: its owner may have sent something just before it stopped (L3). Null when that run holds
 * nothing any more.
 */
async function takeOver(
  context: SyncContext,
  formerId: RunId,
  taker: Snapshot<SyncRun>,
  record: Snapshot<RecordDocument>,
  now: number,
): Promise<Takeover | null> {
  const former = formerId === taker.value.id ? taker : await context.ports.store.get(runRef(formerId));
  const held = record.value.writeSets[formerId];
  if (former === undefined || held === undefined) return null;
  const epoch = record.value.epoch + 1;
  const unresolvedUntil = Object.fromEntries(
    former.value.dag.flatMap(({ id, system }) => {
      const connector = system === null ? undefined : context.connectors.get(system);
      return connector === undefined
        ? []
        : [[id, now + connector.reader.capabilities.effectSettlesWithinMs] as const];
    }),
  );
  const run = advanced(former.value, { kind: 'taken_over', at: toInstant(now), epoch, unresolvedUntil });
  const writeSets = { ...record.value.writeSets, [formerId]: { ...held, epoch } };
  const fenced = update<RecordDocument>(records.at(record.value.id), { epoch, writeSets }, record.version);
  return { run, writes: [fenced, ...runWrites(run, former.version)] };
}

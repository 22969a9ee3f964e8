/**
 * Taking a record's lease for one invocation of a run (L1-L3 of the lease module).
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { advance } from '#shared/engine/advance.ts';
import { leases, outlivesCall, takeoverAt, type Lease } from '#shared/engine/lease.ts';
import { toInstant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { create, set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { SyncContext } from './context.ts';
import { runWrites } from './loaded-run.ts';
import type { SyncRun } from './open-run.ts';

export type LeaseResult =
  /** Ours. Whoever held it before is fenced out; then record and run have changed as well. */
  | { readonly status: 'held'; readonly lease: Snapshot<Lease>; readonly tookOver: boolean }
  /** Another invocation may still be writing: come back at the time given. */
  | { readonly status: 'busy'; readonly until: number }
  /** Somebody changed the lease, the record or the run meanwhile: look again. */
  | { readonly status: 'lost_race' };

/** Takes the lease, or takes it over once its owner can no longer be acting. */
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
  if (held !== undefined && takeoverAt(held.value, context.timing) > now) {
    return { status: 'busy', until: takeoverAt(held.value, context.timing) };
  }
  const writes: readonly Write[] =
    held === undefined
      ? [create(ref, lease)]
      : [set(ref, lease, held.version), ...takeover(context, run, record, now)];
  try {
    const [written] = await store.commit(writes);
    const version = written?.version ?? '';
    return { status: 'held', lease: { ref, value: lease, version }, tookOver: held !== undefined };
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.alreadyExists) || ConcordError.is(error, ErrorCode.conflict)) {
      return { status: 'lost_race' };
    }
    throw error;
  }
}

/** Whether one more vendor call may start under the lease. */
export function mayCallUnder(context: SyncContext, lease: Lease): boolean {
  return outlivesCall(lease, context.ports.clock.now(), context.timing);
}

/**
 * A takeover bumps the epoch in the record and in the run, and makes every step that was under way unknown:
 * its owner may have sent something just before it stopped (L3).
 */
function takeover(
  context: SyncContext,
  run: Snapshot<SyncRun>,
  record: Snapshot<RecordDocument>,
  now: number,
): readonly Write[] {
  const epoch = record.value.epoch + 1;
  const unresolvedUntil = Object.fromEntries(
    run.value.dag.flatMap(({ id, system }) => {
      const connector = system === null ? undefined : context.connectors.get(system);
      return connector === undefined
        ? []
        : [[id, now + connector.reader.capabilities.effectSettlesWithinMs] as const];
    }),
  );
  const taken = advance(run.value, { kind: 'taken_over', at: toInstant(now), epoch, unresolvedUntil });
  return [
    update<RecordDocument>(records.at(record.value.id), { epoch }, record.version),
    ...runWrites(taken, run.version),
  ];
}

/**
 * Leases serialise vendor writes: one invocation holds a record while it reads the pre-image, writes and
 * reads back (M3). A lease is never held while waiting.
 *
 * L1 A vendor call starts only if the lease outlives that call's deadline.
 * L2 An expired lease is taken over only after its expiry plus the longest call deadline plus clock skew,
 *    so that whatever its owner had begun has ended; the takeover bumps the epoch that fences the owner out.
 * L3 A lease that was not given back means: its owner may have sent something. What its run was doing is unknown.
 * L4 Whoever finds it held looks again after as long as it has been held: one that is soon given back delays others
 *    little, and one that never is costs few looks.
 */
import { defineCollection } from '#shared/model/document.ts';
import type { RunId } from '#shared/model/ids.ts';

export interface Lease {
  /**
   * One invocation, never an instance or a run. Null once it was given back. The document stays, so that whoever
   * takes the lease proves by its version that nobody had it since the run was read.
   */
  readonly owner: string | null;
  readonly runId: RunId;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export const leases = defineCollection<Lease>({
  name: 'leases',
  indexes: [],
  unindexed: ['runId', 'expiresAt'],
  ttlField: null,
  erasure: 'holds_none',
});

export interface LeaseTiming {
  /** Longest deadline of one vendor call. */
  readonly callTimeoutMs: number;
  readonly leaseMs: number;
  readonly clockSkewMs: number;
}

/** Epoch milliseconds from which an abandoned lease may be taken over (L2). */
export function takeoverAt(lease: Lease, timing: LeaseTiming): number {
  return lease.expiresAt + timing.callTimeoutMs + timing.clockSkewMs;
}

/** Soonest that a held lease is looked at again. */
const SHORTEST_WAIT_MS = 250;

/** Epoch milliseconds at which to look again at a lease that another invocation holds (L4). */
export function nextLookAt(lease: Lease, now: number, timing: LeaseTiming): number {
  const heldForMs = now - (lease.expiresAt - timing.leaseMs);
  return Math.min(now + Math.max(heldForMs, SHORTEST_WAIT_MS), takeoverAt(lease, timing));
}

/** Whether another vendor call may start under the lease (L1). */
export function outlivesCall(lease: Lease, now: number, timing: LeaseTiming): boolean {
  return now + timing.callTimeoutMs + timing.clockSkewMs <= lease.expiresAt;
}

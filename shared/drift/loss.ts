/**
 * Losses: what it means that a system no longer has the object it had. Pure (M13).
 *
 * Upholds M10: a loss is suspected from the first definite "does not exist" on, confirmed by another one after the
 * settle time, and none at all where a merge explains it. What it means for the other systems is policy's to say; what
 * we removed ourselves means nothing to them.
 */
import type { EntityPolicy, LossPolicy } from '#shared/authority/policy.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Loss, RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';

/** Losses of the record that are known as such, by the system that lost its object. */
export function lossesOf(record: RecordDocument): readonly (readonly [SystemId, Loss])[] {
  return Object.entries(record.links).flatMap(([system, { state, loss }]) =>
    state === 'gone' && loss !== undefined ? [[system as SystemId, loss] as const] : [],
  );
}

/** What policy says of losses in the system. */
function lossPolicyOf(policy: EntityPolicy, system: SystemId): LossPolicy {
  return policy.onLoss?.[system] ?? 'ask';
}

/**
 * What the loss of the system's object means to the others: what somebody has decided about it, else what policy says.
 * One that nobody has ever read is for somebody to say: it may be an id that
 * was linked by mistake, and what was never there was not deleted.
 */
export function meaningOf(
  policy: EntityPolicy,
  { representations, links }: Pick<RecordDocument, 'representations' | 'links'>,
  system: SystemId,
): LossPolicy {
  const decided = links[system]?.loss?.decided;
  if (decided !== undefined) return decided.kind === 'carry' ? 'propagate' : 'unlink';
  return representations[system] === undefined ? 'ask' : lossPolicyOf(policy, system);
}

/** Whether nothing speaks against it any more: it is not ours, no merge explains it, and a second look said the same. */
export function isConfirmed({ confirmedAt, removedBy, isMerge }: Loss): boolean {
  return confirmedAt !== null && removedBy === undefined && isMerge === undefined;
}

/** Whether the loss has still to be looked at again before anything may follow from it. */
export function isSuspected({ confirmedAt, removedBy, isMerge }: Loss): boolean {
  return confirmedAt === null && removedBy === undefined && isMerge === undefined;
}

/**
 * Confirmed losses that policy or somebody carries to other systems: their objects are deleted or archived as well. What
 * somebody has decided is carried by the plan that showed it and by nothing else: refused there, it is asked for anew.
 *
 * @param decided systems of whose loss the plan itself decides.
 */
export function carriedLosses(
  policy: EntityPolicy,
  record: RecordDocument,
  decided: readonly SystemId[] = [],
): readonly (readonly [SystemId, Loss])[] {
  return lossesOf(record).filter(([system, loss]) => {
    const meaning = meaningOf(policy, record, system);
    if (loss.decided !== undefined && !decided.includes(system)) return false;
    return isConfirmed(loss) && (meaning === 'propagate' || meaning === 'archive');
  });
}

/** Systems that still hold the record and to which the loss was not carried yet. */
export function targetsOf(record: RecordDocument, loss: Loss): readonly SystemId[] {
  return (Object.keys(record.links) as SystemId[]).filter(
    (system) => record.links[system]?.state === 'active' && loss.carried?.[system] !== 'removed',
  );
}

/**
 * Whether the loss says that the record is on its way out, or may be: then no system gets it anew. Not so where the
 * others keep theirs.
 *
 * @param recreated systems of which somebody has said that they get it anew.
 */
export function forbidsCreates(
  policy: EntityPolicy,
  record: RecordDocument,
  recreated: readonly SystemId[] = [],
): boolean {
  return lossesOf(record).some(
    ([system, loss]) =>
      loss.removedBy === undefined &&
      !recreated.includes(system) &&
      meaningOf(policy, record, system) !== 'unlink',
  );
}

/** How a system stands that lost its object, by what policy makes of it. */
export function standingOfLoss(
  policy: EntityPolicy,
  record: RecordDocument,
  system: SystemId,
  presence: 'required' | 'optional',
): { readonly verdict: Verdict; readonly cause: CauseCode } {
  const loss = record.links[system]?.loss;
  const byPresence = presence === 'required' ? Verdict.missing : Verdict.excluded;
  if (loss === undefined) return { verdict: byPresence, cause: CauseCode.gone };
  const isHeldElsewhere = Object.values(record.links).some(({ state }) => state === 'active');
  if (loss.decided?.kind === 'unlink') return { verdict: Verdict.excluded, cause: CauseCode.unlinked };
  // Who is alive again elsewhere after we removed it here is shown, and made anew by nobody.
  if (loss.removedBy !== undefined)
    return { verdict: isHeldElsewhere ? byPresence : Verdict.excluded, cause: CauseCode.removedByUs };
  if (loss.isMerge === true) return { verdict: Verdict.undetermined, cause: CauseCode.foreignAnswer };
  if (loss.confirmedAt === null) return { verdict: Verdict.undetermined, cause: CauseCode.lossSuspected };
  switch (meaningOf(policy, record, system)) {
    case 'unlink':
      return { verdict: Verdict.excluded, cause: CauseCode.unlinked };
    case 'ask':
      return { verdict: isHeldElsewhere ? Verdict.missing : byPresence, cause: CauseCode.gone };
    case 'archive':
    case 'propagate': {
      if (!isHeldElsewhere) return { verdict: Verdict.excluded, cause: CauseCode.gone };
      const isCarried = targetsOf(record, loss).length === 0;
      return { verdict: isCarried ? byPresence : Verdict.missing, cause: CauseCode.gone };
    }
  }
}

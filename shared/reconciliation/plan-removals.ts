/**
 * Plan what a confirmed loss means in the other systems. Pure (M13). Nothing is planned from a suspicion (M10); the
 * object that is to go is named by the version in which it was seen, so that a later edit of it refuses the removal.
 */
import { isAfterSwitch, modeFor, ALWAYS_AUTO } from '#shared/authority/modes.ts';
import { lossRuleName } from '#shared/authority/rules.ts';
import { carriedLosses, meaningOf, targetsOf } from '#shared/drift/loss.ts';
import type { Waiting } from '#shared/drift/permission.ts';
import { presencePath } from '#shared/drift/presence.ts';
import { unsettledSystems } from '#shared/drift/unsettled.ts';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import { lossGuardKey } from '#shared/model/guard.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Loss } from '#shared/model/record.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import { guardedBy } from './mass-guard.ts';
import type { Operation } from './operation.ts';
import type { BlockedField, PlanInput, RecordPlan } from './record-plan.ts';

type Removal = Operation & { readonly action: 'archive' | 'delete' };

/** Plans the removals that follow from losses; what does not follow by itself is blocked under the system that lost. */
export function planRemovals(input: PlanInput): RecordPlan {
  const operations: Operation[] = [];
  const blocked: BlockedField[] = [];
  for (const [lost, loss] of carriedLosses(input.policy, input.record, input.decided)) {
    for (const system of targetsOf(input.record, loss)) {
      if (operations.some((operation) => operation.system === system)) continue;
      const planned = planRemoval(input, lost, loss, system);
      if (typeof planned === 'string') blocked.push(blockedOf(input, lost, planned));
      else operations.push(planned);
    }
  }
  return { operations, blocked };
}

function blockedOf({ policy }: PlanInput, lost: SystemId, reason: BlockedField['reason']): BlockedField {
  const path = presencePath(lost);
  return {
    system: lost,
    path,
    reason,
    ...(reason === 'mass_guard' ? { guard: lossGuardKey(policy.type, lost) } : {}),
  };
}

function planRemoval(
  input: PlanInput,
  lost: SystemId,
  loss: Loss,
  system: SystemId,
): Removal | BlockedField['reason'] {
  const { policy, record, owed = [] } = input;
  const link = record.links[system];
  const seen = record.representations[system];
  const waiting = waitingRemoval(input, lost, loss, system);
  if (waiting !== null) return waiting;
  if (link === undefined || seen === undefined || owed.includes(lost) || owed.includes(system))
    return CauseCode.changePending;
  const action = input.removal?.[system] ?? 'none';
  if (action === 'none' || (action === 'delete' && meaningOf(policy, record, lost) === 'archive'))
    return CauseCode.notRemovable;
  if (loss.carried?.[system] !== undefined) return 'refused_before';
  const isShown = input.decided?.includes(lost) === true;
  if (!isShown && isEditedSince(input, loss, system)) return CauseCode.editedSinceLoss;
  if (input.paused?.includes(system) === true) return 'system_paused';
  const path = presencePath(lost);
  const guard = lossGuardKey(policy.type, lost);
  const standing = guardedBy(input, guard, path, loss.heldBy !== undefined);
  // Who has decided about this very loss has been asked.
  const approvedBy = loss.decided?.plan ?? (standing.status === 'free' ? standing.approvedBy : null);
  if (standing.status === 'held' && approvedBy === null) return CauseCode.massGuard;
  const rule = lossRuleName(policy, lost);
  const field = {
    path: presencePath(system),
    from: valueOf(seen.version),
    to: CLEARED,
    rule: rule.id,
    ruleHash: rule.hash,
    cause: { kind: 'observation' as const, id: `lost:${lost}:${loss.since}` },
    guard,
    ...(approvedBy === null ? {} : { approvedBy }),
  };
  return { type: policy.type, system, action, nativeId: link.nativeId, fields: [field], lost };
}

/** Both the word of the system that lost it and the write to the other one need the mode's leave. */
function waitingRemoval(
  { modes = ALWAYS_AUTO, policy }: PlanInput,
  lost: SystemId,
  loss: Loss,
  system: SystemId,
): Waiting | null {
  const settings = [lost, system].map((one) => modeFor(modes, policy.type, policy.presenceDimension, one));
  if (settings.some(({ mode }) => mode === 'observe')) return CauseCode.observeMode;
  if (settings.some(({ mode }) => mode === 'ask')) return CauseCode.askMode;
  return settings.every((setting) => isAfterSwitch(setting, loss.since)) ? null : CauseCode.beforeSwitch;
}

/** Who says something new after the loss has not lost the record: that is for people to decide. */
function isEditedSince({ policy, record, comparison }: PlanInput, loss: Loss, system: SystemId): boolean {
  const isNews = Object.values(comparison.golden).some(
    ({ cause }) => cause.system === system && cause.acceptedAt > loss.since,
  );
  return isNews || unsettledSystems(policy, record).has(system);
}

/**
 * What an operator says about losses of one record, said of the pseudo field of presence of the system that lost its
 * object. Pure (M13). Upholds M10: only a confirmed loss is carried to other systems, and each decision is about the one
 * loss that was seen, named by when it came to be.
 */
import { isConfirmed, isSuspected, targetsOf } from '#shared/drift/loss.ts';
import { presencePath } from '#shared/drift/presence.ts';
import { lossRuleName } from '#shared/authority/rules.ts';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { LOSS_OVERRIDES, type LossOverride, type Override } from '#shared/model/plan.ts';
import type { Link, Loss, RecordDocument } from '#shared/model/record.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import type { DirectedInput } from './directed-plan.ts';
import type { BlockedPart, BlockReason, Decision } from './plan-item.ts';

/** What was said about losses. */
export interface DecidedLosses {
  readonly decisions: readonly Decision[];
  readonly blocked: readonly BlockedPart[];
  /** The record as it stands once that is so. */
  readonly record: RecordDocument;
  /** Systems of whose loss something was decided. */
  readonly decided: readonly SystemId[];
  /** Those among them that get their object anew. */
  readonly recreated: readonly SystemId[];
}

/** Decides what the direction says of losses. */
export function decideLosses(input: DirectedInput): DecidedLosses {
  const none = { decisions: [], blocked: [], record: input.record, decided: [], recreated: [] };
  const systems = Object.keys(input.policy.presence) as SystemId[];
  return systems.reduce<DecidedLosses>((sofar, system) => {
    const override = input.direction.overrides[presencePath(system)];
    return isAboutLoss(override) ? withDecision(input, sofar, system, override.kind) : sofar;
  }, none);
}

function isAboutLoss(override: Override | undefined): override is { readonly kind: LossOverride } {
  return LOSS_OVERRIDES.some((kind) => kind === override?.kind);
}

function withDecision(
  input: DirectedInput,
  sofar: DecidedLosses,
  system: SystemId,
  kind: LossOverride,
): DecidedLosses {
  const path = presencePath(system);
  const link = sofar.record.links[system];
  const reason = obstacleOf(link, kind);
  if (reason !== null) return { ...sofar, blocked: [...sofar.blocked, { system, path, reason }] };
  if (link?.loss === undefined || isSaidAlready(sofar.record, link.loss, kind)) return sofar;
  const rule = lossRuleName(input.policy, system).id;
  const decision: Decision = {
    kind,
    path,
    before: valueOf(link.nativeId),
    value: CLEARED,
    system,
    weighed: { [system]: valueOf(link.loss.since) },
    rule,
  };
  const links = { ...sofar.record.links, [system]: { ...link, loss: decidedLoss(input, link.loss, kind) } };
  return {
    ...sofar,
    decisions: [...sofar.decisions, decision],
    record: { ...sofar.record, links },
    decided: [...sofar.decided, system],
    recreated: kind === 'recreate' ? [...sofar.recreated, system] : sofar.recreated,
  };
}

/** Why nothing can be said about the loss now; null when it can. */
function obstacleOf(link: Link | undefined, kind: LossOverride): BlockReason | null {
  if (link === undefined || link.state !== 'gone') return 'not_lost';
  const { loss } = link;
  if (loss === undefined || isSuspected(loss)) return CauseCode.lossSuspected;
  if (loss.isMerge === true) return CauseCode.foreignAnswer;
  return kind === 'carry' && !isConfirmed(loss) ? CauseCode.removedByUs : null;
}

function isSaidAlready(record: RecordDocument, loss: Loss, kind: LossOverride): boolean {
  if (kind === 'carry') return targetsOf(record, loss).length === 0;
  return kind === 'unlink' && loss.decided?.kind === 'unlink';
}

/** What was refused before is asked for again, and what a mass guard held is somebody's decision now. */
function decidedLoss({ planId, by, at }: DirectedInput, loss: Loss, kind: LossOverride): Loss {
  if (kind === 'recreate') return loss;
  const { heldBy: _, carried = {}, ...others } = loss;
  const removed = Object.entries(carried).filter(([, outcome]) => outcome === 'removed');
  return {
    ...others,
    ...(removed.length === 0 ? {} : { carried: Object.fromEntries(removed) }),
    decided: { kind, plan: planId, by, at },
  };
}

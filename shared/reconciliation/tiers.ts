/**
 * How much confirmation a plan asks for: four tiers, by what it can do. Data, so that the console shows the very rules
 * that the server applies. Pure (M13).
 */
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { Dimension, type FieldPath } from '#shared/model/ids.ts';
import type { PlanKind, PlanTier, PlanTotals } from '#shared/model/plan.ts';

/** What a client asks of those who apply plans. */
export interface ApprovalPolicy {
  /** Records that one person may change with a reason alone. @default 100 */
  readonly bulkLimit: number;
  /** Tier from which on somebody else has to agree; null for never. @default null */
  readonly secondPersonFrom: PlanTier | null;
}

export const DEFAULT_APPROVALS: ApprovalPolicy = Object.freeze({ bulkLimit: 100, secondPersonFrom: null });

/** What tiers are decided by. */
export interface TierFacts {
  readonly kind: PlanKind;
  readonly totals: PlanTotals;
  readonly policies: readonly EntityPolicy[];
  readonly limits: ApprovalPolicy;
}

interface TierRule {
  readonly tier: PlanTier;
  /** Says to people what makes it so. Persisted. */
  readonly reason: string;
  readonly holds: (facts: TierFacts) => boolean;
}

/** Fields of this dimension are money. */
const AMOUNTS = Dimension('amounts');

const TIER_RULES: readonly TierRule[] = Object.freeze([
  { tier: 3, reason: 'above_bulk_limit', holds: ({ totals, limits }) => totals.items > limits.bulkLimit },
  { tier: 3, reason: 'changes_money', holds: changesMoney },
  { tier: 3, reason: 'joins_records', holds: ({ kind }) => kind === 'crosswalk' },
  { tier: 3, reason: 'mass_change', holds: ({ kind, totals }) => kind === 'mass' && totals.items > 0 },
  { tier: 3, reason: 'removes_objects', holds: ({ totals }) => Object.keys(totals.removals).length > 0 },
  { tier: 2, reason: 'several_records', holds: ({ totals }) => totals.items > 1 },
  { tier: 2, reason: 'takes_writes_back', holds: ({ kind }) => kind === 'undo' },
  { tier: 2, reason: 'goes_live', holds: ({ kind }) => kind === 'onboarding' },
  { tier: 1, reason: 'one_record', holds: ({ totals }) => totals.items === 1 },
  { tier: 0, reason: 'nothing_to_do', holds: ({ totals }) => totals.items === 0 },
]);

export interface TierOutcome {
  readonly tier: PlanTier;
  /** Why it is that tier and no lower one. */
  readonly reasons: readonly string[];
  readonly needsSecondPerson: boolean;
}

/** The tier of a plan: the highest of the rules that hold. */
export function tierOf(facts: TierFacts): TierOutcome {
  const holding = TIER_RULES.filter((rule) => rule.holds(facts));
  const tier = holding.reduce<PlanTier>((highest, rule) => (rule.tier > highest ? rule.tier : highest), 0);
  const { secondPersonFrom } = facts.limits;
  return {
    tier,
    reasons: holding.filter((rule) => rule.tier === tier).map(({ reason }) => reason),
    needsSecondPerson: secondPersonFrom !== null && tier >= secondPersonFrom,
  };
}

function changesMoney({ totals, policies }: TierFacts): boolean {
  const isMoney = (path: FieldPath) =>
    policies.some(({ fields }) => fields.some((one) => one.path === path && one.dimension === AMOUNTS));
  return Object.values(totals.overwrites).some((fields) =>
    (Object.keys(fields) as FieldPath[]).some(isMoney),
  );
}

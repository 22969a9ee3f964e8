/**
 * Plans: stored previews. A plan says what would be decided and written, for whom and why, and writes nothing itself.
 * Applied, the same document is the operation that people follow. What it holds for each record are its items
 * (`shared/reconciliation/plan-item.ts`).
 */
import { defineCollection, defineSubCollection } from './document.ts';
import type { FieldValue } from './field-value.ts';
import type { Dimension, EntityType, FieldPath, NativeId, PlanId, RecordId, RunId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { CauseCode, Verdict } from './vocabulary.ts';

/**
 * - `reconcile`: makes systems agree.
 * - `onboarding`: the first settling of what is there when a client goes live.
 * - `undo`: takes the writes of a run back.
 * - `crosswalk`: joins records that somebody says are one entity, from a list of their objects' ids.
 * - `mass`: lets pass what a mass guard holds (M10).
 */
export const PLAN_KINDS = ['reconcile', 'onboarding', 'undo', 'crosswalk', 'mass'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/**
 * - `building`: its records are being gone through.
 * - `ready`, `awaiting_approval`: complete; the latter needs somebody else's word before it may be applied.
 * - `applying`: its items are being handed out, or ended after somebody cancelled the rest.
 * - `applied`, `partly_applied`, `cancelled`: every item has ended.
 * - `discarded`, `expired`: nothing of it was applied, and nothing will be.
 */
export const PLAN_STATES = [
  'building',
  'ready',
  'awaiting_approval',
  'applying',
  'applied',
  'partly_applied',
  'cancelled',
  'discarded',
  'expired',
] as const;
export type PlanState = (typeof PLAN_STATES)[number];

/** The one table of legal moves. A state without any is the last one. */
export const PLAN_MOVES: Readonly<Record<PlanState, readonly PlanState[]>> = Object.freeze({
  building: ['ready', 'awaiting_approval', 'discarded'],
  ready: ['applying', 'discarded', 'expired'],
  awaiting_approval: ['ready', 'applying', 'discarded', 'expired'],
  applying: ['applied', 'partly_applied', 'cancelled'],
  applied: [],
  partly_applied: [],
  cancelled: [],
  discarded: [],
  expired: [],
});

/** Records that a query finds by how they stood when they were last compared. Null leaves a filter out. */
export interface PlanFilter {
  readonly type: EntityType;
  readonly dimension: Dimension | null;
  readonly class: Verdict | null;
  readonly cause: CauseCode | null;
  readonly path: FieldPath | null;
  /** All of them have to be among the systems that differ. */
  readonly systems: readonly SystemId[];
}

/** Which records a plan is about. */
export type PlanScope =
  | { readonly kind: 'ids'; readonly ids: readonly RecordId[] }
  | { readonly kind: 'query'; readonly filter: PlanFilter }
  /** Objects that a list says are one entity; its rows are stored below the plan. */
  | { readonly kind: 'crosswalk'; readonly type: EntityType; readonly pages: number }
  /** The records that a mass guard holds, and of them nothing but what it holds. */
  | { readonly kind: 'guard'; readonly guard: string }
  /** The records that a run wrote for. */
  | { readonly kind: 'run'; readonly runId: RunId; readonly recordId: RecordId };

/** Whose word counts for a field that no override names. */
export type DefaultDirection =
  /** What the policy says, also of what waits for an operator. */
  | { readonly kind: 'by_owner' }
  /** One direction: what this system says. */
  | { readonly kind: 'from'; readonly system: SystemId }
  /** Nobody's: only overrides are decided. */
  | { readonly kind: 'none' };

/** What an operator decides about one field. For a member of a group it holds for the whole group. */
export type Override =
  | { readonly kind: 'from'; readonly system: SystemId }
  /** Whatever systems say, what holds true is put back. */
  | { readonly kind: 'golden' }
  | { readonly kind: 'value'; readonly value: FieldValue }
  /** The difference is accepted until then. */
  | {
      readonly kind: 'tolerate';
      readonly until: Instant;
      readonly owner: string;
      readonly reason: string;
    }
  /** Sync leaves the field alone until its source says something new. */
  | { readonly kind: 'hold'; readonly reason: string }
  /** A hold is taken away; then the default decides. */
  | { readonly kind: 'lift' }
  /** What a loss means, said of the pseudo field of presence of the system that lost its object. */
  | { readonly kind: LossOverride };

/**
 * - `carry`: the other systems remove theirs as well.
 * - `unlink`: they keep theirs, and the system counts as one that does not hold the record.
 * - `recreate`: it is created there anew, from what holds true.
 */
export const LOSS_OVERRIDES = ['carry', 'unlink', 'recreate'] as const;
export type LossOverride = (typeof LOSS_OVERRIDES)[number];

export interface PlanDirection {
  readonly default: DefaultDirection;
  readonly overrides: Readonly<Record<FieldPath, Override>>;
}

/** How much a plan asks of whoever confirms it, least first. */
export type PlanTier = 0 | 1 | 2 | 3;

/** What a plan comes to. Bounded: one entry per system, field, reason or kind of evidence, never per record. */
export interface PlanTotals {
  /** Records that were looked at. */
  readonly examined: number;
  /** Records with something to decide or write. */
  readonly items: number;
  /** Records of which nothing can be decided. */
  readonly blockedItems: number;
  readonly updates: Readonly<Record<SystemId, number>>;
  readonly creates: Readonly<Record<SystemId, number>>;
  readonly removals: Readonly<Record<SystemId, number>>;
  /** By kind of decision. */
  readonly decisions: Readonly<Record<string, number>>;
  /** By reason. */
  readonly blocked: Readonly<Record<string, number>>;
  /** Values that would be replaced by another one, by system and field. */
  readonly overwrites: Readonly<Record<SystemId, Readonly<Record<FieldPath, number>>>>;
  /** Records that two or more systems hold, by what linked them. */
  readonly matched: Readonly<Record<string, number>>;
  /** Vendor calls that applying is expected to cost. */
  readonly calls: Readonly<Record<SystemId, number>>;
  /** Writes that an undo can take back, and those that it cannot. */
  readonly reversible: number;
  readonly irreversible: number;
}

export const EMPTY_TOTALS: PlanTotals = Object.freeze({
  examined: 0,
  items: 0,
  blockedItems: 0,
  updates: {},
  creates: {},
  removals: {},
  decisions: {},
  blocked: {},
  overwrites: {},
  matched: {},
  calls: {},
  reversible: 0,
  irreversible: 0,
});

/** How far building has come. */
export interface PlanCursor {
  /** Last record, or page of a list, that was gone through; null before the first. */
  readonly after: string | null;
  /** Hash over the items so far, in the order of their records. */
  readonly itemsHash: string;
}

/** Who stood up for a plan beside whoever made it. */
export interface PlanApproval {
  readonly by: string;
  readonly at: Instant;
  readonly expiresAt: Instant;
}

/** Stored under its id. */
export interface Plan {
  readonly id: PlanId;
  readonly kind: PlanKind;
  readonly scope: PlanScope;
  readonly direction: PlanDirection;
  readonly state: PlanState;
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly readyAt: Instant | null;
  /** Until when it may be started; null while it is being built. */
  readonly expiresAt: Instant | null;
  readonly cursor: PlanCursor;
  readonly totals: PlanTotals;
  readonly tier: PlanTier;
  /** What made the tier what it is, in words of a closed list. */
  readonly tierReasons: readonly string[];
  readonly needsSecondPerson: boolean;
  readonly approval: PlanApproval | null;
  /** Hash of every policy of the client when the plan was begun. */
  readonly policyHash: string;
  /** What is applied is exactly this; null while building. */
  readonly hash: string | null;
  readonly reason: string | null;
  /** The plan whose refused items this one looks at anew. */
  readonly follows: PlanId | null;
  readonly startedBy: string | null;
  readonly startedAt: Instant | null;
  readonly cancelledBy: string | null;
  readonly finishedAt: Instant | null;
  /** Turns in a row in which no item moved: the next look is later. */
  readonly idleTurns: number;
  readonly release: number;
  /** Epoch milliseconds at which somebody has to go on with it; null when it owes nothing. */
  readonly wakeAt: number | null;
  readonly wakeShard: number;
  readonly wakeSeq: number;
  readonly redrives: number;
  /** Null while it may still change. */
  readonly expireAt: Date | null;
}

export const plans = defineCollection<Plan>({
  name: 'plans',
  indexes: [
    {
      fields: [
        ['wakeShard', 'asc'],
        ['wakeAt', 'asc'],
      ],
    },
    {
      fields: [
        ['state', 'asc'],
        ['expiresAt', 'asc'],
      ],
    },
    {
      fields: [
        ['state', 'asc'],
        ['startedAt', 'desc'],
      ],
    },
  ],
  unindexed: [
    'scope',
    'direction',
    'cursor',
    'totals',
    'tierReasons',
    'approval',
    'reason',
    'wakeAt',
    'wakeSeq',
    'redrives',
  ],
  ttlField: 'expireAt',
  erasure: 'replace_values',
});

/** One person's word for a plan of somebody else, by its hash: another plan is not approved by it. */
export interface ApprovalDocument extends PlanApproval {
  readonly planId: PlanId;
  readonly hash: string;
  readonly name: string;
  readonly reason: string | null;
}

export const approvals = defineCollection<ApprovalDocument>({
  name: 'approvals',
  indexes: [],
  unindexed: ['name', 'reason'],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

/** A page of a list of objects that are said to be one entity, as it was given. */
export interface CrosswalkPage {
  readonly rows: readonly {
    /** Row of the list, its header being the first. */
    readonly row: number;
    readonly ids: Readonly<Record<SystemId, NativeId>>;
  }[];
}

export const crosswalkPages = defineSubCollection<CrosswalkPage>({
  name: 'pages',
  indexes: [],
  unindexed: ['rows'],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

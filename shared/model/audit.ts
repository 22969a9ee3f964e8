import type { Capability, Role } from './capabilities.ts';
import { defineCollection } from './document.ts';
import type { Instant } from './instant.ts';
import type { JsonValue } from './json.ts';

/** What people do that leaves a trace. Looking at something, a preview included, is none of it. */
export const AuditAction = Object.freeze({
  changeAttributes: 'change_attributes',
  /** Modes and pause switches. */
  changeSettings: 'change_settings',
  /** Something that is done by the clock is paused, resumed or asked for now. */
  controlSchedule: 'control_schedule',
  requestCheck: 'request_check',
  applyPlan: 'apply_plan',
  approvePlan: 'approve_plan',
  discardPlan: 'discard_plan',
  cancelRun: 'cancel_run',
  undoRun: 'undo_run',
  handleDiscrepancy: 'handle_discrepancy',
  decideIdentity: 'decide_identity',
});
export type AuditAction = (typeof AuditAction)[keyof typeof AuditAction];

/** What an action was done to. */
export interface AuditTarget {
  readonly kind:
    | 'record'
    | 'discrepancy'
    | 'plan'
    | 'run'
    | 'system'
    | 'settings'
    | 'schedule'
    | 'quarantine';
  readonly id: string;
}

/**
 * One act of a person: who, what, to what, why, and what came of it. Written in the commit that makes the change, so
 * that neither is there without the other. Never changed, never deleted.
 */
export interface AuditEntry {
  readonly at: Instant;
  readonly actorId: string;
  readonly actorName: string;
  /** The role in which it was done; people change roles. */
  readonly role: Role;
  /** The capability that allowed it. */
  readonly capability: Capability;
  readonly action: AuditAction;
  readonly targetKind: AuditTarget['kind'];
  readonly targetId: string;
  readonly planId: string | null;
  readonly runId: string | null;
  readonly reason: string | null;
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly result: 'done' | 'accepted';
  /** Address that the request came from, as the platform tells it; null when it does not. */
  readonly sourceAddress: string | null;
}

export const audit = defineCollection<AuditEntry>({
  name: 'audit',
  indexes: [
    {
      fields: [
        ['actorId', 'asc'],
        ['at', 'desc'],
      ],
    },
    {
      fields: [
        ['action', 'asc'],
        ['at', 'desc'],
      ],
    },
    {
      fields: [
        ['targetKind', 'asc'],
        ['at', 'desc'],
      ],
    },
    {
      fields: [
        ['targetId', 'asc'],
        ['at', 'desc'],
      ],
    },
  ],
  unindexed: ['actorName', 'reason', 'before', 'after', 'sourceAddress'],
  ttlField: null,
  erasure: 'replace_values',
});

import { policyHash } from '#shared/authority/rules.ts';
import { contentHash } from '#shared/model/hash.ts';
import { DEFAULT_APPROVALS, type ApprovalPolicy } from '#shared/reconciliation/tiers.ts';
import type { SyncContext } from '../sync-record/context.ts';

/** What building and applying plans needs. */
export interface PlanContext extends SyncContext {
  readonly client: SyncContext['client'] & { readonly approvals?: Partial<ApprovalPolicy> };
}

/** What the client asks of those who apply plans. */
export function approvalsOf({ client }: Pick<PlanContext, 'client'>): ApprovalPolicy {
  return { ...DEFAULT_APPROVALS, ...client.approvals };
}

/** Hash of every policy of the client. */
export function policiesHash({ client }: Pick<PlanContext, 'client'>): string {
  return contentHash(client.entities.map((policy) => [policy.type, policyHash(policy)]).toSorted());
}

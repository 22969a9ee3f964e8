/** What becomes of a plan's item once its run has ended. Part of the run's own last commit, so that they never differ. */
import { isTerminal } from '#shared/engine/run.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import { plans } from '#shared/model/plan.ts';
import { RunState } from '#shared/model/vocabulary.ts';
import { planItems, type ItemStatus, type PlanItem } from '#shared/reconciliation/plan-item.ts';
import { update, type Write } from '#shared/ports/document-store.ts';
import type { SyncRun } from '../sync-record/open-run.ts';

/** How long plans are kept after their end. */
const PLAN_KEPT_MS = 400 * 24 * 60 * 60_000;

/** The write that settles the item a run acts for; none while it goes on, or when it acts for no plan. */
export function settledItem(run: SyncRun, at: Instant): readonly Write[] {
  const { plan } = run.input;
  if (plan === undefined || !isTerminal(run)) return [];
  const ref = planItems.at(plans.at(plan.id), run.recordId);
  return [update<PlanItem>(ref, { ...endOf(run), finishedAt: at, expireAt: keptUntil(at) })];
}

/** When a document that changes no more may be deleted. */
export function keptUntil(at: Instant): Date {
  return new Date(toEpochMs(at) + PLAN_KEPT_MS);
}

/** How an ended run leaves its item: as the worst of its steps says. */
export function endOf(run: SyncRun): Pick<PlanItem, 'status' | 'reason' | 'outcomes'> {
  const ended = run.dag.map(({ id, system }) => ({ system, step: run.steps[id] }));
  const worst =
    ended.find(({ step }) => step?.status === 'failed') ??
    ended.find(({ step }) => step?.status === 'refused') ??
    ended.find(({ step }) => step?.status !== 'succeeded');
  const outcomes = Object.fromEntries(
    ended.map(({ system, step }): [SystemId, string] => [
      system as SystemId,
      step?.status === 'succeeded' ? 'applied' : (step?.reason ?? step?.status ?? 'unknown'),
    ]),
  );
  return {
    status: worst === undefined ? 'applied' : statusOf(run, worst.step?.status),
    reason: worst === undefined ? null : (worst.step?.reason ?? reasonOfEnd(run)),
    outcomes,
  };
}

function statusOf(run: SyncRun, step: string | undefined): ItemStatus {
  if (step === 'failed') return 'failed';
  return run.state === RunState.failed ? 'failed' : 'refused';
}

/** Of a run that ended before its steps did: somebody else was given its place. */
function reasonOfEnd(run: SyncRun): string {
  return run.state === RunState.cancelled ? 'fenced_out' : run.state;
}

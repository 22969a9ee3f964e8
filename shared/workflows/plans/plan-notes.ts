import type { PlanId } from '#shared/model/ids.ts';
import { movesGolden } from '#shared/reconciliation/decide-record.ts';
import type { Decision } from '#shared/reconciliation/plan-item.ts';
import type { HistoryNote } from '../sync-record/facts.ts';

/** What a record's history says of the decisions of a plan. A value that is put back is told by its write. */
export function notesOfDecisions(planId: PlanId, decisions: readonly Decision[]): readonly HistoryNote[] {
  return decisions.flatMap((decision): HistoryNote[] => {
    const kind = kindOf(decision);
    if (kind === null) return [];
    const { path, system, before, rule } = decision;
    const after = kind === 'decided' ? decision.kind : decision.value;
    return [
      { kind, trueSince: null, system, path, before, after, rule, cause: { kind: 'plan', id: planId } },
    ];
  });
}

function kindOf(decision: Decision): HistoryNote['kind'] | null {
  switch (decision.kind) {
    case 'tolerate':
      return 'tolerated';
    case 'hold':
      return 'held';
    case 'lift':
      return 'lifted';
    case 'carry':
    case 'unlink':
    case 'recreate':
      return 'decided';
    case 'adopt':
    case 'set':
    case 'baseline':
      return movesGolden(decision) ? 'accepted' : null;
    case 'revert':
    case 'release':
      return null;
  }
}

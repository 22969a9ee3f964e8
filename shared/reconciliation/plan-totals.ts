import type { SystemId } from '#shared/model/ids.ts';
import type { PlanTotals } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Operation } from './operation.ts';
import type { PlanItem } from './plan-item.ts';

/** Vendor calls per write: the pre-image, or the search for who is there already; the write; the read-back. */
const CALLS_PER_WRITE = 3;

/** The totals with one more record that was looked at. */
export function withRecord(totals: PlanTotals, record: RecordDocument | undefined): PlanTotals {
  const evidence = record === undefined ? null : matchOf(record);
  return {
    ...totals,
    examined: totals.examined + 1,
    matched: evidence === null ? totals.matched : plus(totals.matched, evidence),
  };
}

/** The totals with what a plan holds for one record. */
export function withItemTotals(
  totals: PlanTotals,
  {
    decisions,
    operations,
    blocked,
    status,
  }: Pick<PlanItem, 'decisions' | 'operations' | 'blocked' | 'status'>,
): PlanTotals {
  const isBlocked = status === 'blocked';
  return operations.reduce(withOperation, {
    ...totals,
    items: totals.items + (isBlocked ? 0 : 1),
    blockedItems: totals.blockedItems + (isBlocked ? 1 : 0),
    decisions: decisions.reduce((counts, { kind }) => plus(counts, kind), totals.decisions),
    blocked: [...new Set(blocked.map(({ reason }) => reason))].reduce(
      (counts, reason) => plus(counts, reason),
      totals.blocked,
    ),
  });
}

function withOperation(totals: PlanTotals, { system, action, fields }: Operation): PlanTotals {
  const isUpdate = action === 'update';
  const replaced = fields.filter(({ from }) => isUpdate && from.state === 'value');
  const overwrites = replaced.reduce(
    (counts, { path }) => plus(counts, path),
    totals.overwrites[system] ?? {},
  );
  return {
    ...totals,
    updates: isUpdate ? plus(totals.updates, system) : totals.updates,
    creates: action === 'create' ? plus(totals.creates, system) : totals.creates,
    removals: action === 'archive' || action === 'delete' ? plus(totals.removals, system) : totals.removals,
    overwrites: replaced.length === 0 ? totals.overwrites : { ...totals.overwrites, [system]: overwrites },
    calls: plus(totals.calls, system, CALLS_PER_WRITE),
    reversible: totals.reversible + (isUpdate ? 1 : 0),
    irreversible: totals.irreversible + (isUpdate ? 0 : 1),
  };
}

/** What linked the record's systems: the evidence of the last link; null while fewer than two hold it. */
function matchOf({ links }: RecordDocument): string | null {
  const active = Object.keys(links).filter((system) => links[system as SystemId]?.state === 'active');
  if (active.length < 2) return null;
  const latest = active
    .flatMap((system) => links[system as SystemId] ?? [])
    .toSorted((a, b) => (a.linkedAt < b.linkedAt ? -1 : 1))
    .at(-1);
  return latest?.evidence ?? null;
}

function plus<K extends string>(counts: Readonly<Record<K, number>>, key: K, by = 1): Record<K, number> {
  return { ...counts, [key]: (counts[key] ?? 0) + by };
}

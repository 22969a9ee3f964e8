import { presencePath } from '#shared/drift/presence.ts';
import { sameValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { MassHold, RecordDocument } from '#shared/model/record.ts';
import type { BlockedField } from '#shared/reconciliation/record-plan.ts';

/**
 * Notes on the record what a mass guard stops, so that it stays stopped when the guard is open again. Pure. A value
 * that is no longer to be written is held no more.
 */
export function withMassHolds(
  record: RecordDocument,
  blocked: readonly BlockedField[],
  at: Instant,
): RecordDocument {
  const stopped = blocked.filter(({ reason }) => reason === 'mass_guard');
  const held = stopped.reduce(withHeldLoss, record);
  const massHolds: Record<FieldPath, MassHold> = {};
  for (const { path, guard, to } of stopped) {
    if (path === null || guard === undefined || to === undefined) continue;
    const known = record.massHolds?.[path];
    massHolds[path] = known !== undefined && sameValue(known.to, to) ? known : { guard, to, since: at };
  }
  const { massHolds: _, ...others } = held;
  return Object.keys(massHolds).length === 0 ? others : { ...others, massHolds };
}

function withHeldLoss(record: RecordDocument, { system, guard, to }: BlockedField): RecordDocument {
  const link = record.links[system];
  if (guard === undefined || to !== undefined || link?.loss === undefined) return record;
  const held = { ...link, loss: { ...link.loss, heldBy: guard } };
  return { ...record, links: { ...record.links, [system]: held } };
}

/** What the record's mass guards hold: when each thing came to be, and which field or pseudo field it is, by guard. */
export function massHoldsOf(
  record: RecordDocument,
): ReadonlyMap<string, { readonly since: Instant; readonly what: FieldPath }> {
  const losses = (Object.keys(record.links) as SystemId[]).flatMap((system) => {
    const loss = record.links[system]?.loss;
    return loss?.heldBy === undefined
      ? []
      : [[loss.heldBy, { since: loss.since, what: presencePath(system) }] as const];
  });
  const values = Object.entries(record.massHolds ?? {}).map(
    ([path, { guard, since }]) => [guard, { since, what: path as FieldPath }] as const,
  );
  return new Map([...losses, ...values]);
}

/**
 * What mass guards hold, listed below the guard for one approval of all of it. The list changes in the very commits that
 * change the records; a release lets pass exactly what it names, and nothing that has come to be since.
 */
import { heldRef, type HeldRecord } from '#shared/model/guard.ts';
import type { FieldPath } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { remove, set, type Write } from '#shared/ports/document-store.ts';
import type { SyncContext } from '../sync-record/context.ts';
import { massHoldsOf } from '../sync-record/mass-holds.ts';

/** The writes by which the lists follow a change of the record. */
export function holdWrites(before: RecordDocument, after: RecordDocument, at: Instant): readonly Write[] {
  const [was, is] = [massHoldsOf(before), massHoldsOf(after)];
  const added = [...is].filter(([guard, { since }]) => was.get(guard)?.since !== since);
  const ended = [...was.keys()].filter((guard) => !is.has(guard));
  return [
    ...added.map(([guard, { since }]) =>
      set<HeldRecord>(heldRef(guard, after.id), {
        recordId: after.id,
        guard,
        since,
        heldAt: at,
        released: null,
      }),
    ),
    ...ended.map((guard) => remove(heldRef(guard, after.id))),
  ];
}

/** What of the record somebody let pass, by field or pseudo field: who did. Reads nothing where nothing is held. */
export async function releasesOf(
  { ports }: Pick<SyncContext, 'ports'>,
  record: RecordDocument,
): Promise<Readonly<Record<FieldPath, string>>> {
  const holds = [...massHoldsOf(record)];
  if (holds.length === 0) return {};
  const stored = await ports.store.getAll(holds.map(([guard]) => heldRef(guard, record.id)));
  const released = holds.flatMap(([, { since, what }], index) => {
    const held = stored[index]?.value;
    return held !== undefined && held.released !== null && held.since === since
      ? [[what, held.released.by] as const]
      : [];
  });
  return Object.fromEntries(released);
}

/**
 * The writes that note what a plan lets pass: of the record as it stands, and nothing that has come to be since.
 *
 * @param what fields and pseudo fields that are let pass.
 * @param by who approved it.
 */
export async function releaseWrites(
  { ports }: Pick<SyncContext, 'ports'>,
  record: RecordDocument,
  what: readonly FieldPath[],
  { by, at }: { readonly by: string; readonly at: Instant },
): Promise<readonly Write[]> {
  const meant = [...massHoldsOf(record)].filter(([, hold]) => what.includes(hold.what));
  if (meant.length === 0) return [];
  const stored = await ports.store.getAll(meant.map(([guard]) => heldRef(guard, record.id)));
  return meant.flatMap(([, { since }], index): readonly Write[] => {
    const held = stored[index];
    const isShown = held !== undefined && held.value.since === since && held.value.released === null;
    return isShown ? [set<HeldRecord>(held.ref, { ...held.value, released: { by, at } }, held.version)] : [];
  });
}

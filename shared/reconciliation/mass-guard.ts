/** What mass guards count, and when they are past their limit. Pure (M13). */
import { presencePath } from '#shared/drift/presence.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import {
  GUARD_PARTS,
  guardWindowStart,
  type GuardCounter,
  type GuardLimit,
  type GuardSubject,
} from '#shared/model/guard.ts';
import type { GoldenValue, RecordDocument } from '#shared/model/record.ts';
import { isRemoval, type Operation, type OperationField } from './operation.ts';

/** How the guards stand for one record. */
export interface GuardStanding {
  /** Keys of the guards that are closed. */
  readonly closedGuards?: readonly string[];
  /** What of the record somebody let pass, by field or pseudo field of presence: who did. */
  readonly released?: Readonly<Record<FieldPath, string>>;
}

/** Whether a guard stops something of a record. */
export type Guarded =
  | { readonly status: 'free'; readonly approvedBy: string | null }
  | { readonly status: 'held' };

/**
 * Whether a guard stops something. What it has stopped once stays stopped, also when the guard is open again, until
 * somebody lets it pass.
 *
 * @param what the field, or the pseudo field of presence of the system that lost its object.
 */
export function guardedBy(
  { closedGuards = [], released = {} }: GuardStanding,
  key: string,
  what: FieldPath,
  wasHeld: boolean,
): Guarded {
  const approvedBy = released[what];
  if (wasHeld) return approvedBy === undefined ? { status: 'held' } : { status: 'free', approvedBy };
  return closedGuards.includes(key) ? { status: 'held' } : { status: 'free', approvedBy: null };
}

/** Everything that guards hold of the record, released by whoever decides about it. */
export function releasedBy(
  { links, massHolds = {} }: Pick<RecordDocument, 'links' | 'massHolds'>,
  by: string,
): Readonly<Record<FieldPath, string>> {
  const losses = (Object.keys(links) as SystemId[]).filter(
    (system) => links[system]?.loss?.heldBy !== undefined,
  );
  return Object.fromEntries(
    [...Object.keys(massHolds), ...losses.map(presencePath)].map((what) => [what, by]),
  );
}

/** The guard of a field that is overwritten with what golden holds: counted is whose word it is. */
export function overwriteGuard(
  { type, links }: Pick<RecordDocument, 'type' | 'links'>,
  path: FieldPath,
  golden: GoldenValue | undefined,
): GuardSubject | null {
  if (golden === undefined || links[golden.cause.system] === undefined) return null;
  return { kind: 'overwrites', type, system: golden.cause.system, path };
}

/** Keys of the guards that count the operations: each field that replaces a value, once. */
export function countedOverwrites(operations: readonly Operation[]): readonly string[] {
  const fields = operations.flatMap(({ action, fields: list }): readonly OperationField[] =>
    action === 'update' ? list : [],
  );
  // What somebody approved was counted when it was held.
  const counted = fields.filter(({ approvedBy }) => approvedBy === undefined);
  return [...new Set(counted.flatMap(({ guard }) => guard ?? []))];
}

/** Keys of the guards that must be open for the removals among the operations. */
export function removalGuards(operations: readonly Operation[]): readonly string[] {
  const fields = operations.filter(isRemoval).flatMap(({ fields: list }) => list);
  const unasked = fields.filter(({ approvedBy }) => approvedBy === undefined);
  return [...new Set(unasked.flatMap(({ guard }) => guard ?? []))];
}

/** The most that passes by itself. */
export function limitOf({ count, share }: GuardLimit, population: number): number {
  return Math.max(count, Math.floor(share * population));
}

/** The field of a counter that stands for `now`: the part of the window, by number. */
export function partOf(now: number, windowMs: number): number {
  return Math.floor(((now - guardWindowStart(now, windowMs)) * GUARD_PARTS) / windowMs);
}

/**
 * What was counted within a window that ends now. The part in which it begins counts as a whole, so that nothing that
 * is younger than the window is ever left out.
 *
 * @param counters of the present window and of the one before.
 */
export function totalOf(
  counters: { readonly present: readonly GuardCounter[]; readonly former: readonly GuardCounter[] },
  key: string,
  now: number,
  windowMs: number,
): number {
  const part = partOf(now, windowMs);
  const sum = (list: readonly GuardCounter[], counts: (index: number) => boolean) =>
    list
      .flatMap(({ counts: byKey }) => Object.entries(byKey[key] ?? {}))
      .filter(([name]) => counts(Number(name.slice(1))))
      .reduce((total, [, count]) => total + count, 0);
  return sum(counters.present, (index) => index <= part) + sum(counters.former, (index) => index >= part);
}

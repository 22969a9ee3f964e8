import { contentHash } from '#shared/model/hash.ts';
import type { Plan } from '#shared/model/plan.ts';
import type { PlanItem } from './plan-item.ts';

/** Names what is decided and written for one record: planned again, it must come to the same. */
export function itemHash({
  decisions,
  operations,
  listed,
}: Pick<PlanItem, 'decisions' | 'operations' | 'listed'>): string {
  return contentHash(listed === undefined ? [decisions, operations] : [decisions, operations, listed]);
}

/** The hash over the items so far with one more. Items come in the order of their records. */
export function withItem(itemsHash: string, id: string, hash: string): string {
  return contentHash([itemsHash, id, hash]);
}

/** Names all of a plan: whoever applies it says by this which one they have seen. */
export function planHash({ kind, scope, direction, policyHash, cursor }: Plan): string {
  return contentHash([kind, scope, direction, policyHash, cursor.itemsHash]);
}

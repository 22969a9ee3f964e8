import { defineCollection, type DocumentRef } from './document.ts';
import { contentHash } from './hash.ts';
import type { EntityType, NativeId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';

/** An object in a vendor's system, by its own id there. */
export interface VendorObject {
  readonly system: SystemId;
  readonly nativeId: NativeId;
}

/**
 * What a person has decided about two objects: the same entity or not. It is about objects and not about records,
 * because records come and go when they are linked, merged and parted, and what was decided has to outlast that.
 */
export interface IdentityDecision {
  readonly type: EntityType;
  /** Sorted, so that a pair has one document. */
  readonly objects: readonly [VendorObject, VendorObject];
  readonly verdict: 'same' | 'not_same';
  readonly by: string;
  readonly at: Instant;
  readonly reason: string;
}

export const identityDecisions = defineCollection<IdentityDecision>({
  name: 'identityDecisions',
  indexes: [],
  unindexed: ['objects', 'reason'],
  ttlField: null,
  erasure: 'replace_values',
});

/** The two in the order in which they name their decision. */
export function inPairOrder(a: VendorObject, b: VendorObject): readonly [VendorObject, VendorObject] {
  return textOf(a) <= textOf(b) ? [a, b] : [b, a];
}

/** The one document about two objects, whichever is named first. */
export function identityDecisionRef(
  type: EntityType,
  a: VendorObject,
  b: VendorObject,
): DocumentRef<IdentityDecision> {
  return identityDecisions.at(`${type}:${contentHash(inPairOrder(a, b).map(textOf))}`);
}

function textOf({ system, nativeId }: VendorObject): string {
  return `${system}:${nativeId}`;
}

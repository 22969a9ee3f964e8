import {
  identityDecisionRef,
  inPairOrder,
  type IdentityDecision,
  type VendorObject,
} from '#shared/model/identity-decision.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { set, type DocumentStore, type Write } from '#shared/ports/document-store.ts';

/** The objects that stand for a record, those that are gone included: what was said of them still holds. */
export function objectsOf({ links }: Pick<RecordDocument, 'links'>): readonly VendorObject[] {
  return Object.entries(links).map(([system, { nativeId }]) => ({ system: system as SystemId, nativeId }));
}

/** Whether a person has said of any object of the one that it is not the same as an object of the other. */
export async function areDecidedOther(
  store: Pick<DocumentStore, 'getAll'>,
  a: Pick<RecordDocument, 'type' | 'links'>,
  b: Pick<RecordDocument, 'links'>,
): Promise<boolean> {
  const refs = pairsOf(objectsOf(a), objectsOf(b)).map(([one, other]) =>
    identityDecisionRef(a.type, one, other),
  );
  if (refs.length === 0) return false;
  const decisions = await store.getAll(refs);
  return decisions.some((decision) => decision?.value.verdict === 'not_same');
}

/** The writes that remember a decision about every pair of objects. The latest decision about a pair stands. */
export function decisionWrites(
  pairs: { readonly ones: readonly VendorObject[]; readonly others: readonly VendorObject[] },
  decision: Omit<IdentityDecision, 'objects'>,
): readonly Write[] {
  return pairsOf(pairs.ones, pairs.others).map(([one, other]) =>
    set<IdentityDecision>(identityDecisionRef(decision.type, one, other), {
      ...decision,
      objects: inPairOrder(one, other),
    }),
  );
}

function pairsOf(
  ones: readonly VendorObject[],
  others: readonly VendorObject[],
): readonly (readonly [VendorObject, VendorObject])[] {
  return ones.flatMap((one) =>
    others.flatMap((other) =>
      one.system === other.system && one.nativeId === other.nativeId ? [] : [[one, other] as const],
    ),
  );
}

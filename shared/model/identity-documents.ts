import { contentHash } from './hash.ts';
import { defineCollection, type DocumentRef } from './document.ts';
import type { EntityType, NativeId, RecordId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { NaturalKey } from './representation.ts';

/** Which record a native id belongs to. An id a record ever had resolves for ever. */
export interface Crosswalk {
  readonly system: SystemId;
  readonly type: EntityType;
  readonly nativeId: NativeId;
  readonly recordId: RecordId;
  /** `deleted`: the object was gone and its record has another now. Seen again, it is as unknown as a new one. */
  readonly state: 'provisional' | 'active' | 'merged' | 'deleted';
  /** The native id that replaced this one, when the vendor merged it away. */
  readonly mergedIntoNativeId: NativeId | null;
  /** Records it pointed to before, oldest first. */
  readonly formerRecordIds: readonly RecordId[];
  readonly evidence: string;
  readonly createdAt: Instant;
}

export const crosswalks = defineCollection<Crosswalk>({
  name: 'crosswalks',
  indexes: [],
  unindexed: ['evidence', 'formerRecordIds'],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

/** A claim: this natural key belongs to this record and no other. Holds a hash, never the value. */
export interface NaturalKeyClaim {
  readonly type: EntityType;
  readonly key: string;
  readonly recordId: RecordId;
  readonly claimedAt: Instant;
}

export const naturalKeys = defineCollection<NaturalKeyClaim>({
  name: 'naturalKeys',
  indexes: [],
  unindexed: [],
  ttlField: null,
  erasure: 'delete',
});

export function crosswalkRef(system: SystemId, type: EntityType, nativeId: NativeId): DocumentRef<Crosswalk> {
  return crosswalks.at(`${system}:${type}:${encodeURIComponent(nativeId)}`);
}

export function naturalKeyRef(type: EntityType, key: NaturalKey): DocumentRef<NaturalKeyClaim> {
  return naturalKeys.at(`${type}:${key.key}:${contentHash(key.value)}`);
}

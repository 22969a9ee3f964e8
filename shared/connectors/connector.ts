import type { FieldValue, FieldValues } from '#shared/model/field-value.ts';
import type { EntityType, FieldPath, NativeId, RecordId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { NaturalKey, Representation } from '#shared/model/representation.ts';
import type { RemovalKind } from '#shared/model/vocabulary.ts';
import type { ChangeFeed } from './change-feed.ts';

/** How one canonical field stands in a vendor's object. */
export interface FieldMapping {
  readonly path: FieldPath;
  /** Native field name, as the vendor's change events write it. */
  readonly native: string;
  /** Reads the vendor's form. Missing, null and empty text are `cleared`. */
  readonly from: (native: JsonValue | undefined) => FieldValue;
  /** Writes the vendor's form; `from(to(x))` equals x for every value the vendor accepts. */
  readonly to: (value: FieldValue) => JsonValue;
  /** The vendor says it and does not let it be written: a calculated property. Nothing is planned to it. */
  readonly readOnly?: true;
}

/** How one entity type stands in one system. */
export interface EntityMapping {
  readonly type: EntityType;
  /** The vendor's object: `contacts`, `Customer`. */
  readonly object: string;
  readonly fields: readonly FieldMapping[];
  /** Natural keys of a native object, normalised; several when the vendor knows aliases. */
  readonly keys: (native: Readonly<Record<string, JsonValue | undefined>>) => readonly NaturalKey[];
}

/** What a system can promise. Data, readable without any client being built. */
export interface ConnectorCapabilities {
  readonly system: SystemId;
  /** Granularity of the vendor's event and modified times. */
  readonly timeResolutionMs: number;
  /** Longest time after our deadline in which a request may still take effect. */
  readonly effectSettlesWithinMs: number;
  /** Whether a value overwritten between our read and our write can be seen afterwards (M5). */
  readonly overwrite: 'history' | 'undetectable';
  /** What removing an object comes to there. */
  readonly removal: RemovalKind;
  /** Most ids that one {@link SystemReader.readMany} may ask for. */
  readonly readBatchSize: number;
  /**
   * Calls a minute, of the largest kind, that polls and checks make together unless the client declares another
   * budget: little enough, on the vendor's smallest plan, to leave half to passes and to other integrations.
   */
  readonly backgroundCallsPerMinute: number;
}

export type ReadResult =
  | {
      readonly status: 'found';
      readonly representation: Representation;
      /** Vendor's clock when it answered, to the second and never ahead; null or left out when it did not tell. */
      readonly answeredAt?: Instant | null;
    }
  /** A definite "does not exist" for a read by id. */
  | { readonly status: 'gone' }
  /** The answer carries another id: the object was merged (M16). */
  | { readonly status: 'foreign'; readonly answeredId: NativeId };

/**
 * What a batch says of one of its ids. It never says `gone`: what is not in the answer is only suspected to be
 * missing, and a read by id settles it (M10).
 */
export type BatchReadResult =
  | Exclude<ReadResult, { readonly status: 'gone' }>
  | { readonly status: 'missing' };

/** Ids of some of a system's objects of one type, in the order in which the system lists them. */
export interface IdPage {
  readonly nativeIds: readonly NativeId[];
  /** Text that leads to the next page, also much later and from another process; null on the last one. */
  readonly after: string | null;
}

export interface FindRequest {
  readonly type: EntityType;
  /** Our own unique id, set on every object we create; null, which saves a look-up, when no create of ours can exist. */
  readonly ownId: RecordId | null;
  readonly keys: readonly NaturalKey[];
}

export type FindResult =
  | { readonly status: 'none' }
  /** We created it: it carries our own unique id. */
  | { readonly status: 'own'; readonly nativeId: NativeId }
  /** Others created it: a natural key matches. */
  | { readonly status: 'match'; readonly nativeIds: readonly NativeId[] };

/** Reads one system. Exact reads by id or unique key only; never a lagging search. */
export interface SystemReader {
  readonly capabilities: ConnectorCapabilities;
  mapping(type: EntityType): EntityMapping;
  /**
   * Reads an object by its id, our own unique id with it.
   * @throws ConcordError vendor_*; `effect` says whether it may have arrived.
   */
  read(type: EntityType, nativeId: NativeId): Promise<ReadResult>;
  /**
   * Reads several objects by their ids in one call, our own unique ids with them. Each id that was asked for has an
   * entry; a call that fails says nothing of any of them.
   * @param nativeIds at most {@link ConnectorCapabilities.readBatchSize} different ids; repetitions are asked for once.
   * @throws ConcordError vendor_*; `invalid_argument` for more ids than that.
   */
  readMany(type: EntityType, nativeIds: readonly NativeId[]): Promise<ReadonlyMap<NativeId, BatchReadResult>>;
  /**
   * Lists the ids of all objects of a type, page by page, in one call each. Every object that is there from the first
   * page to the last is listed, whatever comes and goes meanwhile. Being listed proves nothing, nor does being left
   * out (M10).
   * @param after that of the page before; null for the first page.
   * @throws ConcordError vendor_*; `invalid_argument` for a text that no page gave.
   */
  listIds(type: EntityType, after: string | null): Promise<IdPage>;
  find(request: FindRequest): Promise<FindResult>;
}

export interface UpdateRequest {
  readonly type: EntityType;
  readonly nativeId: NativeId;
  readonly fields: FieldValues;
  /** Derived from (run, step, round), never from content (M2). Sent where the vendor takes one. */
  readonly idempotencyKey: string;
}

export interface CreateRequest {
  readonly type: EntityType;
  readonly ownId: RecordId;
  readonly fields: FieldValues;
  readonly idempotencyKey: string;
}

export type CreateResult =
  /** The response's own account of what was stored. */
  | { readonly status: 'created'; readonly stored: Representation }
  /** The vendor holds one with the same unique value; look it up and match. */
  | { readonly status: 'exists' };

export interface RemoveRequest {
  readonly type: EntityType;
  readonly nativeId: NativeId;
  readonly idempotencyKey: string;
}

/** Either way it is not there any more: `gone` when the vendor says that it was not there before either. */
export interface RemoveResult {
  readonly status: 'removed' | 'gone';
}

export type ReadBackResult =
  | {
      readonly status: 'found';
      readonly representation: Representation;
      /** Value that stood before our write, per written field, where the vendor keeps history (M5). */
      readonly replaced: FieldValues | null;
      /** Vendor's time at which it last stored what we sent, per field of which its history shows that. */
      readonly storedAt?: Readonly<Record<FieldPath, Instant>>;
    }
  | { readonly status: 'gone' }
  | { readonly status: 'foreign'; readonly answeredId: NativeId };

/** Writes one system. Held by the apply door alone. */
export interface SystemWriter {
  /**
   * Returns what the write's response says was stored (method `write_response`): the only place, beside a
   * read-back at that response's version, from which the vendor's own form of our values is taken (M9).
   * @throws ConcordError `vendor_rejected` (terminal) when the vendor refuses the values.
   */
  update(request: UpdateRequest): Promise<Representation>;
  create(request: CreateRequest): Promise<CreateResult>;
  /**
   * Removes an object the way {@link ConnectorCapabilities.removal} says. Safe to repeat.
   * @throws ConcordError `vendor_rejected` (terminal) when the vendor keeps the object for a reason of its own.
   */
  remove(request: RemoveRequest): Promise<RemoveResult>;
  /**
   * Reads after our write of `written`, with the vendor's history where it has one. `sent` holds the
   * written values; with it our own entry in that history is told from later ones.
   */
  readBack(
    type: EntityType,
    nativeId: NativeId,
    written: readonly FieldPath[],
    sent?: FieldValues,
  ): Promise<ReadBackResult>;
}

export interface Connector {
  readonly reader: SystemReader;
  readonly writer: SystemWriter;
  readonly changes: ChangeFeed;
  /** Creates what our objects need at the vendor: custom properties, definitions. Safe to repeat. */
  prepare(): Promise<void>;
}

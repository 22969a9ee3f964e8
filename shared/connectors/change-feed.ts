import type { EntityType, NativeId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { ChangeStream } from '#shared/model/poll-documents.ts';

/**
 * An object that changed. It says at whom to look and nothing that could be decided from (M4): searches and
 * lists lag behind the vendor's own writes.
 */
export interface ChangedObject {
  readonly nativeId: NativeId;
  /** `deleted` is a suspicion, confirmed or not by a later read by id (M10). */
  readonly change: 'changed' | 'deleted';
  /** Vendor's time of the change. */
  readonly at: Instant;
  /** Ids that were merged into it, as far as the vendor tells. A suspicion as well (M16). */
  readonly replaces: readonly NativeId[];
}

export interface ChangeRequest {
  readonly type: EntityType;
  readonly stream: ChangeStream;
  /** Vendor time from which on changes are wanted, itself included; null for all. */
  readonly since: Instant | null;
  /** Vendor time after which changes may be left out; null when not known yet, as for a first page. */
  readonly until: Instant | null;
  /** That of the page before; null for a first page. */
  readonly continuation: string | null;
}

export interface ChangePage {
  readonly changed: readonly ChangedObject[];
  /** Text that leads to the next page, also much later and from another process; null on the last one. */
  readonly continuation: string | null;
  /** Vendor's clock when it answered, to the second and never ahead; null when it did not tell. */
  readonly answeredAt: Instant | null;
}

/** What one stream can promise. */
export interface StreamCapabilities {
  /** How long after its time a change may still be missing from the list. */
  readonly lagMs: number;
  /** Pages that a poll may ask for within a minute, so that enough of the vendor's limit is left to others. */
  readonly pagesPerMinute: number;
  /** Whether merged ids are told. */
  readonly tellsMerges: boolean;
}

/**
 * Lists what changed in one system. Following the continuations from a first page, every object is listed whose
 * time is from `since` to the time of the first page's answer and stays so, however times are spread and however
 * many share one. An object that changes meanwhile is listed with its old time, its new one, or both, or not until
 * a list from that first answer on.
 */
export interface ChangeFeed {
  /** A stream that is missing is one the vendor does not have: what it would tell is found by checks alone. */
  readonly streams: Readonly<Partial<Record<ChangeStream, StreamCapabilities>>>;
  /**
   * Reads one page, in one call.
   * @throws ConcordError vendor_*; `invalid_argument` for a stream that is not there or a foreign continuation.
   */
  list(request: ChangeRequest): Promise<ChangePage>;
}

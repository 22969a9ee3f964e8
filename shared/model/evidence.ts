import type { Instant } from './instant.ts';

/** A sign that somebody changed a record in a system, other than the difference itself. */
export interface Evidence {
  readonly source: 'webhook' | 'poll' | 'modified_time' | 'operator' | 'created';
  /** Vendor's time of the change, null when the vendor gave none. */
  readonly at: Instant | null;
  /** Native field names the sign speaks of; null when it speaks of the record as a whole. */
  readonly fields: readonly string[] | null;
  /** Key of the stored event, when there is one. */
  readonly eventKey: string | null;
  /** It tells that the object was merged into another, or another into it. */
  readonly isMerge?: true;
}

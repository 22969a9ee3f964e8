import type { FieldValues, FieldValue } from './field-value.ts';
import type { FieldPath, NativeId, RecordId, RunId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { ObservationMethod } from './vocabulary.ts';

/** A value by which the same business entity is recognised in different systems, already normalised. */
export interface NaturalKey {
  readonly key: string;
  readonly value: string;
}

/** What one system says about one record, at one moment. */
export interface Representation {
  readonly nativeId: NativeId;
  readonly fields: FieldValues;
  readonly keys: readonly NaturalKey[];
  /** Our own unique id that a read found on it: the record for which we created it (M2). Never part of its content. */
  readonly ownId: RecordId | null;
  /** The vendor's own mark of this state. Equal versions mean equal content. */
  readonly version: string;
  readonly modifiedAt: Instant | null;
  /** Our time just before the call that returned it. */
  readonly observedAt: Instant;
  readonly method: ObservationMethod;
}

/** The value of a system that we last accepted or verified there, and the vendor's modified time then. */
export interface Base {
  readonly value: FieldValue;
  readonly modifiedAt: Instant | null;
}

export type Bases = Readonly<Record<FieldPath, Base>>;

/**
 * One of our own writes: what we sent and what the vendor made of it (M9). It names the mover and lets
 * the vendor's own form count as equal; it never decides that nothing happened.
 */
export interface LedgerEntry {
  readonly runId: RunId;
  readonly written: FieldValue;
  readonly stored: FieldValue;
}

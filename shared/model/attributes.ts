import { defineCollection } from './document.ts';
import type { FieldValue } from './field-value.ts';
import type { FieldPath, RecordId } from './ids.ts';
import type { Instant } from './instant.ts';

/** What one attribute of a record may hold. Dates carry no zone. */
export type AttributeKind =
  | { readonly kind: 'text'; readonly maxLength: number }
  | { readonly kind: 'number' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'date' }
  | { readonly kind: 'choice'; readonly options: readonly string[] };

/**
 * What people may note on records of a type. The path of a field whose rule is `operator` makes the attribute that
 * field's value; any other path is supplemental and stays with us.
 */
export interface AttributeDefinition {
  readonly path: FieldPath;
  readonly label: string;
  readonly value: AttributeKind;
  /** Masked for viewers. @default false */
  readonly isSensitive?: boolean;
}

/** A value that somebody set. `absent` is never stored: who empties a value says that it is empty. */
export interface Attribute {
  readonly value: FieldValue;
  /** An operator's id. */
  readonly by: string;
  readonly at: Instant;
}

/**
 * Operator and supplemental attributes of a record. Changes together with a mark of the system `concord` on the
 * record's work, so that what follows from it is never lost (M1).
 */
export interface AttributesDocument {
  readonly recordId: RecordId;
  readonly values: Readonly<Record<FieldPath, Attribute>>;
}

export const attributes = defineCollection<AttributesDocument>({
  name: 'attributes',
  indexes: [],
  unindexed: ['values'],
  ttlField: null,
  erasure: 'replace_values',
});

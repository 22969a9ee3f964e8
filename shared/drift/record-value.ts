import type { CheckPolicy, RecordValuePolicy } from '#shared/authority/check-policy.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { RecordDocument } from '#shared/model/record.ts';

/** Bounds of a record's value: nothing is worthless, and no record starves all others. */
const LEAST_VALUE = 0.01;
const MOST_VALUE = 1_000;

/** What a record is worth beside others of its type: a number from 0.01 to 1,000. */
export function recordValue(
  { value: policy }: CheckPolicy,
  { golden }: Pick<RecordDocument, 'golden'>,
): number {
  const held = policy === undefined ? undefined : golden[policy.field]?.value;
  if (policy === undefined || held?.state !== 'value') return 1;
  const value = weightOf(policy, held.value);
  return Number.isFinite(value) ? Math.min(Math.max(value, LEAST_VALUE), MOST_VALUE) : 1;
}

function weightOf(policy: RecordValuePolicy, held: JsonValue): number {
  switch (policy.kind) {
    case 'by_text':
      return typeof held === 'string' && Object.hasOwn(policy.weights, held)
        ? (policy.weights[held] ?? 1)
        : 1;
    case 'by_amount':
      return amountOf(held) / policy.unit;
  }
}

/** A number, its text, or the amount of money. Weights need no exactness, so that a float does. */
function amountOf(held: JsonValue): number {
  if (typeof held === 'number') return held;
  if (typeof held === 'string') return Number.parseFloat(held);
  return typeof held === 'object' && held !== null && 'amount' in held ? amountOf(held.amount) : Number.NaN;
}

import type { AttributeDefinition, AttributeKind } from '#shared/model/attributes.ts';
import { CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import type { JsonValue } from '#shared/model/json.ts';

const LONGEST_TEXT = 10_000;

export type CheckedAttribute =
  | { readonly status: 'valid'; readonly value: FieldValue }
  | { readonly status: 'invalid'; readonly message: string };

/** Checks what somebody wants an attribute to be. Null and empty text clear it. */
export function checkAttribute({ value: kind }: AttributeDefinition, given: JsonValue): CheckedAttribute {
  if (given === null || (typeof given === 'string' && given.trim() === ''))
    return { status: 'valid', value: CLEARED };
  const message = problemOf(kind, given);
  return message === null ? { status: 'valid', value: valueOf(given) } : { status: 'invalid', message };
}

function problemOf(kind: AttributeKind, given: JsonValue): string | null {
  switch (kind.kind) {
    case 'text': {
      const most = Math.min(kind.maxLength, LONGEST_TEXT);
      if (typeof given !== 'string') return 'must be text.';
      return given.length > most ? `must be ${most} characters at most.` : null;
    }
    case 'number':
      return typeof given === 'number' && Number.isFinite(given) ? null : 'must be a number.';
    case 'flag':
      return typeof given === 'boolean' ? null : 'must be true or false.';
    case 'date':
      return isDate(given) ? null : 'must be a date, such as 2026-11-20.';
    case 'choice':
      return typeof given === 'string' && kind.options.includes(given)
        ? null
        : `must be one of ${kind.options.join(', ')}.`;
  }
}

function isDate(given: JsonValue): boolean {
  if (typeof given !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(given)) return false;
  const time = Date.parse(`${given}T00:00:00.000Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(given);
}

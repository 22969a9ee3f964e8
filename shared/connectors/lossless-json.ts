import type { JsonValue } from '#shared/model/json.ts';

export type ParsedJson =
  | { readonly status: 'parsed'; readonly value: JsonValue }
  | { readonly status: 'malformed' };

/**
 * Parses JSON without damaging ids: an integer beyond 2^53 comes back as the text of its digits.
 * Vendors send such numbers in webhook bodies.
 */
export function parseJson(text: string): ParsedJson {
  try {
    return { status: 'parsed', value: JSON.parse(text, keepDigits) as JsonValue };
  } catch {
    // Also a RangeError: nesting deep enough to exhaust the stack is no vendor's message.
    return { status: 'malformed' };
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? source : value;
}

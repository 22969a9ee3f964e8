import type { z } from 'zod';
import { refuse, type Refusal } from './problem.ts';

/** A part of a request in the form that its schema gives it. */
export interface ParsedPart<T> {
  readonly kind: 'parsed';
  readonly value: T;
}

const FATAL_UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the parts of a path. */
export function parseParams<S extends z.ZodType>(
  schema: S,
  params: Readonly<Record<string, string>>,
): ParsedPart<z.output<S>> | Refusal {
  return checked(schema, params, 'The address');
}

/** Reads a query. A name that is given twice, or that the address does not know, is refused: it would mislead. */
export function parseQuery<S extends z.ZodType>(schema: S, query: string): ParsedPart<z.output<S>> | Refusal {
  const given: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(given, name)) {
      const fields = { [name]: 'is given more than once; give it once.' };
      return refuse('invalid_request', `The query names ${name} more than once.`, { fields });
    }
    Object.defineProperty(given, name, { value, enumerable: true });
  }
  return checked(schema, given, 'The query');
}

/** Reads a body of JSON. */
export function parseBody<S extends z.ZodType>(
  schema: S,
  body: Uint8Array,
): ParsedPart<z.output<S>> | Refusal {
  const json = jsonOf(body);
  return json.kind === 'refused' ? json : checked(schema, json.value, 'The body');
}

function jsonOf(body: Uint8Array): ParsedPart<unknown> | Refusal {
  try {
    const value: unknown = body.byteLength === 0 ? {} : JSON.parse(FATAL_UTF8.decode(body), storable);
    return { kind: 'parsed', value };
  } catch {
    return refuse('invalid_request', 'The body is not JSON in UTF-8; send an object.');
  }
}

/**
 * A part of a body as it is. Half a character, which JSON can write and UTF-8 cannot, is stored nowhere; and a member
 * called `__proto__` is passed over by whoever copies an object, so that what was asked for would be left out unseen.
 */
function storable(name: string, value: unknown): unknown {
  const isBroken = !name.isWellFormed() || (typeof value === 'string' && !value.isWellFormed());
  if (isBroken || name === '__proto__') throw new SyntaxError('This can be stored nowhere.');
  return value;
}

function checked<S extends z.ZodType>(
  schema: S,
  value: unknown,
  what: string,
): ParsedPart<z.output<S>> | Refusal {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'parsed', value: parsed.data };
  const fields = Object.fromEntries(
    parsed.error.issues.map(({ path, message }) => [path.map(String).join('.') || '(whole)', message]),
  );
  const said = Object.entries(fields).map(([name, message]) => `${name}: ${message}`);
  return refuse('invalid_request', `${what} cannot be used: ${said.join('; ')}`, { fields });
}

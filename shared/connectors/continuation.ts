import { z } from 'zod';
import { invalidArgument } from '#shared/errors/faults.ts';

/** Reads a continuation that a feed of the same vendor wrote. @throws ConcordError `invalid_argument` for any other. */
export function parseContinuation<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) throw invalidArgument('The continuation was not written by this feed.');
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { z } from 'zod';
import { parseInstant } from '#shared/model/instant.ts';

/** A moment, with its zone. */
export const instantText = z.string().transform((text, checks) => {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  checks.addIssue('must be a time with its zone, such as 2026-11-20T10:00:00Z.');
  return z.NEVER;
});

/** Why somebody does something, for those who read the audit later. */
export const reasonText = z
  .string({ error: 'must say why, in a sentence.' })
  .trim()
  .min(3, 'must say why, in a sentence.')
  .max(1_000, 'must be 1,000 characters at most.');

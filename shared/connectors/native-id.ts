import { z } from 'zod';

/** An id in a vendor's JSON, number or text, as the text of its digits. Parse with `parseJson` first. */
export const DigitsSchema = z
  .union([z.number().int().nonnegative(), z.string().regex(/^\d{1,40}$/)])
  .transform((id) => String(id));

import { z } from 'zod';
import { Dimension, EntityType, RecordId, SystemId } from '#shared/model/ids.ts';
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

/** No parameters. */
export const NOTHING = z.strictObject({});

/** The id of a record. */
export const recordIdText = z
  .string()
  .regex(/^rec_\w{1,40}$/, 'must be the id of a record, such as rec_01ARZ3NDEKTSV4RRFFQ69G5FAV.')
  .transform(RecordId);

/** The path of one record. */
export const RecordParamsSchema = z.strictObject({ id: recordIdText });

/** The name of a system, an entity type or a dimension. Not one that every object has: it is looked up in maps by name. */
const nameText = z
  .string()
  .regex(/^[a-z][a-zA-Z0-9-]{0,40}$/, 'must be a name, such as meta lists them.')
  .refine((name) => !(name in Object.prototype), 'must be a name, such as meta lists them.');

/** The key of a mass guard. */
export const guardName = z
  .string()
  .regex(
    /^[a-zA-Z0-9-]{1,41}:[a-zA-Z0-9-]{1,41}:(losses|overwrites:[a-zA-Z0-9-]{1,61})$/,
    'must be the key of a guard, such as customer:hubspot:losses.',
  );

export const systemName = nameText.transform(SystemId);
export const entityTypeName = nameText.transform(EntityType);
export const dimensionName = nameText.transform(Dimension);

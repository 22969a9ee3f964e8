import { z } from 'zod';
import { LANES } from './vocabulary.ts';

/**
 * Messages of the topic `source-events`. A change names an object and says why somebody should look;
 * it carries no field value, so nothing can be decided from it (M4).
 */
const common = {
  system: z.string().min(1),
  /** Equal for every delivery of the same fact. */
  dedupeKey: z.string().min(1).max(200),
  /** Our time of receipt, ISO 8601. */
  receivedAt: z.string(),
};

export const ChangeEventSchema = z.object({
  kind: z.literal('change'),
  ...common,
  type: z.string().min(1),
  nativeId: z.string().min(1),
  change: z.enum(['created', 'changed', 'deleted', 'merged', 'restored']),
  /** Vendor's time of the latest change in the group, null when it gave none. */
  occurredAt: z.string().nullable(),
  /** Native field names, null when the vendor does not tell fields apart. */
  fields: z.array(z.string()).nullable(),
  lane: z.enum(LANES),
  source: z.enum(['webhook', 'poll', 'operator']),
});

export const UnhandledEventSchema = z.object({
  kind: z.literal('unhandled'),
  ...common,
  topic: z.string(),
  reason: z.enum(['unknown_topic', 'unmapped_object']),
});

export const InvalidEventSchema = z.object({
  kind: z.literal('invalid'),
  ...common,
  /** What is wrong with it, without its content. */
  problem: z.string(),
  /** The delivered bytes, base64. */
  raw: z.string(),
});

export const SourceEventSchema = z.discriminatedUnion('kind', [
  ChangeEventSchema,
  UnhandledEventSchema,
  InvalidEventSchema,
]);

export type ChangeEvent = z.infer<typeof ChangeEventSchema>;
export type UnhandledEvent = z.infer<typeof UnhandledEventSchema>;
export type InvalidEvent = z.infer<typeof InvalidEventSchema>;
export type SourceEvent = z.infer<typeof SourceEventSchema>;

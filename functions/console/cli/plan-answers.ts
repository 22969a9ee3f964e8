import { z } from 'zod';
import { ToldValueSchema } from './text.ts';

/** Which records it is about. */
const ScopeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ids'), count: z.number() }),
  z.object({
    kind: z.literal('query'),
    filter: z.record(z.string(), z.union([z.string(), z.array(z.string())]).nullable()),
  }),
  z.object({ kind: z.literal('crosswalk'), type: z.string() }),
  z.object({ kind: z.literal('guard'), guard: z.string() }),
  z.object({ kind: z.literal('run'), runId: z.string() }),
]);

/** Whose word counts, for all fields or for one of them. */
const ChoiceSchema = z.object({ kind: z.string(), system: z.string().optional() });

const Counts = z.record(z.string(), z.number());

/** A plan as the API tells it: what is printed of it. */
export const PlanSchema = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  scope: ScopeSchema,
  direction: z.object({
    default: ChoiceSchema,
    overrides: z.record(z.string(), ChoiceSchema),
  }),
  createdBy: z.string(),
  expiresAt: z.string().nullable(),
  tier: z.number(),
  tierReasons: z.array(z.string()),
  needsSecondPerson: z.boolean(),
  approval: z.object({ by: z.string(), expiresAt: z.string() }).nullable(),
  hash: z.string().nullable(),
  confirmation: z.object({ needsReason: z.boolean(), confirmText: z.string().nullable() }),
  allowedActions: z.array(
    z.object({ action: z.string(), allowed: z.boolean(), reason: z.string().nullable() }),
  ),
  sideEffects: z.array(z.object({ system: z.string(), effect: z.string(), count: z.number() })),
  totals: z.object({
    examined: z.number(),
    items: z.number(),
    blockedItems: z.number(),
    updates: Counts,
    creates: Counts,
    removals: Counts,
    decisions: Counts,
    blocked: Counts,
    overwrites: z.record(z.string(), Counts),
    matched: Counts,
    calls: Counts,
    reversible: z.number(),
    irreversible: z.number(),
  }),
});
export type PlanAnswer = z.output<typeof PlanSchema>;

/** What a plan holds for one record. */
export const ItemSchema = z.object({
  recordId: z.string(),
  title: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  runId: z.string().nullable(),
  decisions: z.array(
    z.object({
      kind: z.string(),
      path: z.string(),
      before: ToldValueSchema,
      value: ToldValueSchema,
      system: z.string().nullable(),
    }),
  ),
  operations: z.array(
    z.object({
      system: z.string(),
      action: z.string(),
      nativeId: z.string().nullable(),
      fields: z.array(
        z.object({ path: z.string(), from: ToldValueSchema, to: ToldValueSchema, rule: z.string() }),
      ),
    }),
  ),
  blocked: z.array(
    z.object({ system: z.string().nullable(), path: z.string().nullable(), reason: z.string() }),
  ),
});
export type ItemAnswer = z.output<typeof ItemSchema>;

import { z } from 'zod';
import type { PlanId, RecordId, RunId } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';

/**
 * Body of a task for the step executor. It only names a document, a run with its record: whatever the document owes at the
 * time of the call is done, whether the task is old, new or a duplicate (M4).
 */
const recordId = z
  .string()
  .min(1)
  .transform((text) => text as RecordId);

const RecordTaskSchema = z.object({ kind: z.literal('record'), recordId });

const RunTaskSchema = z.object({
  kind: z.literal('run'),
  runId: z
    .string()
    .min(1)
    .transform((text) => text as RunId),
  recordId,
});

const PlanTaskSchema = z.object({
  kind: z.literal('plan'),
  planId: z
    .string()
    .min(1)
    .transform((text) => text as PlanId),
});

const TaskMessageSchema = z.discriminatedUnion('kind', [RecordTaskSchema, RunTaskSchema, PlanTaskSchema]);

/** Serve what a record owes, continue a run, or go on with a plan. */
export type TaskMessage = z.infer<typeof TaskMessageSchema>;

/** Whatever a task's body was found to be. A kind of a newer release is `unreadable`, and tried again. */
export type DecodedTask =
  | { readonly status: 'decoded'; readonly task: TaskMessage }
  | { readonly status: 'unreadable'; readonly problem: string };

/** Reads the body of a task. */
export function decodeTask(value: unknown): DecodedTask {
  const parsed = TaskMessageSchema.safeParse(value);
  if (parsed.success) return { status: 'decoded', task: parsed.data };
  const issue = parsed.error.issues[0];
  return { status: 'unreadable', problem: `${issue?.path.join('.') || 'body'}: ${issue?.code ?? 'invalid'}` };
}

/** Body of the task that serves what a record owes. */
export function recordTask(recordId: RecordId): JsonValue {
  return { kind: 'record', recordId };
}

/** Body of the task that continues a run. */
export function runTask(runId: RunId, recordId: RecordId): JsonValue {
  return { kind: 'run', runId, recordId };
}

/** Body of the task that goes on with a plan. */
export function planTask(planId: PlanId): JsonValue {
  return { kind: 'plan', planId };
}

import type { TaskMessage } from '#shared/messaging/task-message.ts';
import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { servePlan } from '#shared/workflows/plans/serve-plan.ts';
import { driveRun } from '#shared/workflows/sync-record/drive-run.ts';
import { serveRecord } from '#shared/workflows/sync-record/serve-record.ts';

/**
 * Does whatever the named document owes now: serves a record, continues a run, or goes on with a plan. A task only names a
 * document, so an old, a new and a repeated task do the same (M4). Never chooses what is true: policy does.
 */
export function createStepExecutor(context: FunctionContext): (task: TaskMessage) => Promise<Outcome> {
  return async (task) => {
    switch (task.kind) {
      case 'record':
        return { status: 'done', reason: await serveRecord(context, task.recordId) };
      case 'run':
        return { status: 'done', reason: await driveRun(context, task) };
      case 'plan':
        return { status: 'done', reason: await servePlan(context, task.planId) };
    }
  };
}

import { planTask } from '#shared/messaging/task-message.ts';
import { contentHash } from '#shared/model/hash.ts';
import { CONCORD } from '#shared/model/ids.ts';
import { plans, type Plan } from '#shared/model/plan.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { queueName } from '../sync-record/wake.ts';

/** The task that goes on with a plan. Undefined when it owes nothing. */
export function taskOfPlan(plan: Plan): Task | undefined {
  if (plan.wakeAt === null) return undefined;
  return {
    queue: queueName(CONCORD, 'operator'),
    name: contentHash([plans.at(plan.id).path, plan.wakeSeq]),
    target: 'step-executor',
    body: planTask(plan.id),
    notBefore: plan.wakeAt,
  };
}

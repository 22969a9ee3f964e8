import { SourceEventSchema } from '#shared/model/source-event.ts';
import { SystemId } from '#shared/model/ids.ts';
import type { PushMessage } from '#shared/messaging/envelope.ts';
import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { noteTick } from '#shared/workflows/intake/note-tick.ts';
import { quarantineBytes } from '#shared/workflows/intake/quarantine-bytes.ts';
import { expirePlans } from '#shared/workflows/plans/expire-plans.ts';
import { redriveOverdue } from '#shared/workflows/intake/redrive-overdue.ts';

export interface Watchdog {
  /** Drives overdue debts again. `now` is ours, epoch milliseconds. */
  onTick(this: void, now: number): Promise<Outcome>;
  /** Keeps a message that could not be delivered. */
  onDeadLetter(this: void, message: PushMessage): Promise<Outcome>;
}

/** Sees to it that nothing owed is forgotten and nothing undeliverable is lost (M1). Knows no business rule. */
export function createWatchdog(context: FunctionContext): Watchdog {
  const { ports } = context;
  return {
    async onTick(now) {
      const driven = await redriveOverdue(ports, now);
      await expirePlans(ports, now);
      await noteTick(ports, 'watchdog', now);
      ports.telemetry.count('debts_redriven', {}, driven);
      return { status: 'done', reason: driven === 0 ? 'nothing_overdue' : 'redriven' };
    },
    async onDeadLetter(message) {
      const parsed = SourceEventSchema.safeParse(
        message.body.status === 'json' ? message.body.value : undefined,
      );
      const isNew = await quarantineBytes(ports, {
        key: message.messageId,
        system: parsed.success ? SystemId(parsed.data.system) : null,
        kind: 'dead_letter',
        problem: 'Every delivery of the message failed.',
        source: message.attributes['CloudPubSubDeadLetterSourceSubscription'] ?? message.subscription,
        bytes: message.bytes,
      });
      return isNew
        ? { status: 'done', reason: 'quarantined' }
        : { status: 'duplicate', reason: 'quarantined' };
    },
  };
}

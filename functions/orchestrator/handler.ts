import { SystemId } from '#shared/model/ids.ts';
import { SourceEventSchema, type InvalidEvent } from '#shared/model/source-event.ts';
import type { PushMessage } from '#shared/messaging/envelope.ts';
import type { Outcome } from '#shared/runtime/ack.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import { quarantineBytes } from '#shared/workflows/intake/quarantine-bytes.ts';
import { receiveChange } from '#shared/workflows/intake/receive-change.ts';
import { storeUnhandled } from '#shared/workflows/intake/store-unhandled.ts';

/**
 * Turns source events into debts: resolves identity, stores the event with the mark, enqueues. Calls no
 * vendor and decides nothing about content. What it cannot read is kept in quarantine, never dropped (M1).
 */
export function createOrchestrator(context: FunctionContext): (message: PushMessage) => Promise<Outcome> {
  const { ports, client } = context;
  const types = new Set<string>(client.entities.map((entity) => entity.type));
  return async (message) => {
    const parsed = SourceEventSchema.safeParse(
      message.body.status === 'json' ? message.body.value : undefined,
    );
    if (!parsed.success) return keepUnreadable(context, message);
    const event = parsed.data;
    switch (event.kind) {
      case 'invalid':
        return keepInvalid(context, event);
      case 'unhandled':
        return stored(await storeUnhandled(ports, event), event.reason);
      case 'change': {
        if (!types.has(event.type) || !context.connectors.has(SystemId(event.system))) {
          const note = { ...event, topic: event.type, reason: 'unmapped_object' as const };
          return stored(await storeUnhandled(ports, note), note.reason);
        }
        const reason = await receiveChange(context, event);
        ports.telemetry.count('events_received', { system: event.system, reason });
        return reason === 'duplicate' ? { status: 'duplicate', reason } : { status: 'done', reason };
      }
    }
  };
}

function stored(isNew: boolean, reason: string): Outcome {
  return isNew ? { status: 'done', reason } : { status: 'duplicate', reason };
}

async function keepInvalid(context: FunctionContext, event: InvalidEvent): Promise<Outcome> {
  const isNew = await quarantineBytes(context.ports, {
    key: event.dedupeKey,
    system: SystemId(event.system),
    kind: 'invalid_event',
    problem: event.problem,
    source: `webhook:${event.system}`,
    bytes: Buffer.from(event.raw, 'base64'),
  });
  return stored(isNew, 'quarantined');
}

async function keepUnreadable(context: FunctionContext, message: PushMessage): Promise<Outcome> {
  const isNew = await quarantineBytes(context.ports, {
    key: message.messageId,
    system: null,
    kind: 'invalid_event',
    problem: 'The message is no source event.',
    source: message.subscription,
    bytes: message.bytes,
  });
  return stored(isNew, 'quarantined');
}

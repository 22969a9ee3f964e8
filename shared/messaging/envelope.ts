import { z } from 'zod';
import { parseInstant, type Instant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';

/** The payload of a pushed message. Whoever handles it decides what an unreadable one means. */
export type MessageBody =
  | { readonly status: 'json'; readonly value: JsonValue }
  | { readonly status: 'missing' }
  | { readonly status: 'not_json' };

/** One message as Pub/Sub pushes it. */
export interface PushMessage {
  /** Given by Pub/Sub at publish. The same on every delivery of one message. */
  readonly messageId: string;
  /** Short name of the subscription: `source-events.orchestrator`. */
  readonly subscription: string;
  /** Counts from 1; null when the subscription has no dead-letter policy, which alone makes Pub/Sub count. */
  readonly deliveryAttempt: number | null;
  readonly publishedAt: Instant | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: MessageBody;
  /** The payload's bytes, for quarantine. */
  readonly bytes: Uint8Array;
}

export type DecodedPush =
  | { readonly status: 'decoded'; readonly message: PushMessage }
  | { readonly status: 'unreadable'; readonly problem: string };

/** Pub/Sub writes each of these names twice, in camel case and in snake case; its emulator omits some. */
const MessageSchema = z.object({
  messageId: z.string().optional(),
  message_id: z.string().optional(),
  publishTime: z.string().optional(),
  publish_time: z.string().optional(),
  data: z.string().optional(),
  attributes: z.record(z.string(), z.string()).nullish(),
});

const EnvelopeSchema = z.object({
  message: MessageSchema,
  subscription: z.string().min(1),
  deliveryAttempt: z.number().int().positive().optional(),
});

/**
 * Reads the body of a Pub/Sub push. The framework's own conversion drops subscription and delivery
 * attempt, so the raw bytes are decoded here.
 */
export function decodePush(body: Uint8Array): DecodedPush {
  const json = parseJson(Buffer.from(body).toString('utf8'));
  if (json === undefined) return { status: 'unreadable', problem: 'the envelope is not JSON' };
  const parsed = EnvelopeSchema.safeParse(json);
  if (!parsed.success) {
    return {
      status: 'unreadable',
      problem: `envelope field ${parsed.error.issues[0]?.path.join('.') || '(root)'}`,
    };
  }
  const { message, subscription, deliveryAttempt } = parsed.data;
  const messageId = message.messageId ?? message.message_id;
  if (!messageId) return { status: 'unreadable', problem: 'envelope field message.messageId' };
  const bytes = Buffer.from(message.data ?? '', 'base64');
  return {
    status: 'decoded',
    message: {
      messageId,
      subscription: subscription.slice(subscription.lastIndexOf('/') + 1),
      deliveryAttempt: deliveryAttempt ?? null,
      publishedAt: parseInstant(message.publishTime ?? message.publish_time ?? '') ?? null,
      attributes: message.attributes ?? {},
      body: readBody(bytes),
      bytes,
    },
  };
}

function readBody(bytes: Buffer): MessageBody {
  if (bytes.length === 0) return { status: 'missing' };
  const value = parseJson(bytes.toString('utf8'));
  return value === undefined ? { status: 'not_json' } : { status: 'json', value };
}

/** JSON never yields `undefined`, so it can stand for "not JSON". */
function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

import { describe, expect, test } from 'vitest';
import { decodePush } from '#shared/messaging/envelope.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('the envelope of a push', () => {
  test('a whole envelope is read with its short subscription name and attempt', () => {
    const body = bytes({
      message: {
        messageId: '7',
        message_id: '7',
        publishTime: '2026-11-20T10:00:00.5Z',
        data: base64('{"a":"Zoë"}'),
        attributes: { kind: 'change' },
      },
      subscription: 'projects/p/subscriptions/source-events.orchestrator',
      deliveryAttempt: 3,
    });

    const decoded = decodePush(body);

    expect(decoded).toMatchObject({
      status: 'decoded',
      message: {
        messageId: '7',
        subscription: 'source-events.orchestrator',
        deliveryAttempt: 3,
        publishedAt: '2026-11-20T10:00:00.500Z',
        attributes: { kind: 'change' },
        body: { status: 'json', value: { a: 'Zoë' } },
      },
    });
  });

  test('the snake-case spelling alone is enough', () => {
    const body = bytes({
      message: { message_id: '8', publish_time: '2026-11-20T10:00:00Z', data: base64('1') },
      subscription: 's',
    });

    const decoded = decodePush(body);

    expect(decoded).toMatchObject({
      status: 'decoded',
      message: {
        messageId: '8',
        subscription: 's',
        deliveryAttempt: null,
        publishedAt: '2026-11-20T10:00:00.000Z',
        attributes: {},
      },
    });
  });

  test.each([
    ['no payload', {}, { status: 'missing' }],
    ['an empty payload', { data: '' }, { status: 'missing' }],
    ['a payload that is not JSON', { data: base64('{"a":') }, { status: 'not_json' }],
  ])('%s leaves the decision to the handler', (_name, message, expected) => {
    const decoded = decodePush(bytes({ message: { messageId: '1', ...message }, subscription: 's' }));

    expect(decoded).toMatchObject({ status: 'decoded', message: { body: expected } });
  });

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a list', []],
    ['no message', { subscription: 's' }],
    ['no message id', { message: { data: base64('1') }, subscription: 's' }],
    ['no subscription', { message: { messageId: '1' } }],
    ['a foreign attempt', { message: { messageId: '1' }, subscription: 's', deliveryAttempt: 'x' }],
  ])('%s is no envelope', (_name, value) => {
    const decoded = decodePush(bytes(value));

    expect(decoded.status).toBe('unreadable');
  });

  test('the problem names the field and never its content', () => {
    const decoded = decodePush(
      bytes({ message: { messageId: '1', attributes: { a: 5 } }, subscription: 's' }),
    );

    expect(decoded).toEqual({ status: 'unreadable', problem: 'envelope field message.attributes.a' });
  });
});

import { describe, expect, test } from 'vitest';
import { withDeadline } from '#shared/platform/local/delivery-deadline.ts';
import type { Delivery, DeliveryAnswer } from '#shared/ports/delivery.ts';

const delivery: Delivery = {
  target: 'orchestrator',
  method: 'POST',
  path: '/',
  headers: {},
  body: new Uint8Array(0),
};

describe('a delivery with a deadline', () => {
  test('is answered for a function that hangs, and a late failure of it harms nobody', async () => {
    const hanging = Promise.withResolvers<DeliveryAnswer>();
    const asked: string[] = [];
    const deliver = withDeadline(
      () => hanging.promise,
      (target) => {
        asked.push(target);
        return 1;
      },
    );

    const answer = await deliver(delivery);
    hanging.reject(new Error('too late'));

    expect(answer).toEqual({ status: 504 });
    expect(asked).toEqual(['orchestrator']);
  });

  test('passes on what comes in time, an answer as well as a lost connection', async () => {
    const inTime = () => 60_000;
    const lost = new Error('the connection was lost');

    const answer = await withDeadline(async () => ({ status: 200 }), inTime)(delivery);
    const failing = withDeadline(() => Promise.reject(lost), inTime)(delivery);

    expect(answer).toEqual({ status: 200 });
    await expect(failing).rejects.toBe(lost);
  });
});

import type { Deliver, Delivery } from '#shared/ports/delivery.ts';

/** What the function does with one delivery: a status, or no answer at all. */
export type Answering = (delivery: Delivery, nth: number) => number | 'lost' | Promise<number | 'lost'>;

/** Stands where functions would be: keeps every delivery and answers as told. */
export interface DeliveryRecorder {
  readonly deliver: Deliver;
  readonly received: readonly Delivery[];
  /** @default 200 to everything */
  answerWith(answering: Answering): void;
}

/** Creates a receiver that takes everything. */
export function createDeliveryRecorder(): DeliveryRecorder {
  const received: Delivery[] = [];
  let answering: Answering = () => 200;
  return {
    received,
    answerWith: (next) => {
      answering = next;
    },
    async deliver(delivery) {
      received.push(delivery);
      const answer = await answering(delivery, received.length);
      if (answer === 'lost') throw new Error('the connection was lost');
      return { status: answer };
    },
  };
}

/** The JSON body of a delivery. */
export function jsonOf(delivery: Delivery | undefined): unknown {
  return JSON.parse(Buffer.from(delivery?.body ?? new Uint8Array(0)).toString('utf8'));
}

import type { Deliver, DeliveryAnswer } from '#shared/ports/delivery.ts';

/**
 * Answers 504 for a function that takes longer than it may, as the cloud does, so that a delivery which hangs
 * frees its place and counts as failed. The function may still go on, beside the next attempt: leases and
 * preconditions are made for that (M3).
 */
export function withDeadline(deliver: Deliver, timeoutMsOf: (target: string) => number): Deliver {
  return async (delivery) => {
    const { promise: late, resolve } = Promise.withResolvers<DeliveryAnswer>();
    const timer = setTimeout(() => resolve({ status: 504 }), timeoutMsOf(delivery.target));
    try {
      return await Promise.race([deliver(delivery), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

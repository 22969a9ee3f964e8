import { localEventBus } from '../local-event-bus.ts';

/** Acknowledges before the function has answered, so that a refused message is gone. */
export const busAcksBeforeDelivery = localEventBus('immediate', {
  deliver: (deliver) => async (delivery) => {
    void deliver(delivery).catch(() => undefined);
    return { status: 200 };
  },
});

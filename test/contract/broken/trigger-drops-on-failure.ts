import { localTriggers } from '../local-triggers.ts';

/** Takes any answer for a success. */
export const triggerDropsOnFailure = localTriggers('immediate', {
  deliver: (deliver) => async (delivery) => {
    await deliver(delivery);
    return { status: 200 };
  },
});

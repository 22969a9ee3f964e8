import { localEventBus } from '../local-event-bus.ts';

/** Delivers a refused message again at once. */
export const busForgetsBackoff = localEventBus('immediate', {
  subscriptions: (declared) =>
    declared.map((subscription) => ({ ...subscription, minBackoffMs: 1, maxBackoffMs: 1 })),
});

import { localEventBus } from '../local-event-bus.ts';

/** Gives up on a message without moving it to where somebody reads. */
export const busLosesDeadLetters = localEventBus('immediate', {
  subscriptions: (declared) =>
    declared.map((subscription) => ({
      ...subscription,
      deadLetterTopic: subscription.deadLetterTopic === null ? null : 'nobody-reads-this',
    })),
});

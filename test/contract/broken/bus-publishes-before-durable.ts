import { localEventBus } from '../local-event-bus.ts';

/** Answers a publish from memory; what is not yet written when the process ends is lost. */
export const busPublishesBeforeItIsDurable = localEventBus('immediate', {
  bus: (bus) => ({
    async publish(topic, messages) {
      setTimeout(() => void bus.publish(topic, messages).catch(() => undefined), 20);
      return messages.map((_message, index) => `message-${index}`);
    },
  }),
});

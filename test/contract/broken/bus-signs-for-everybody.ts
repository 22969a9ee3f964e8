import { localEventBus } from '../local-event-bus.ts';

/** Shows every function the token that was made for the watchdog. */
export const busSignsForEverybody = localEventBus('immediate', {
  bearer: (bearer) => () => bearer('watchdog'),
});

import { toInstant } from '#shared/model/instant.ts';
import { TICK_EVERY_MS, tickRef, type TICKING } from '#shared/model/poll-documents.ts';
import { set } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';

/**
 * Notes that a function's tick has come to its end, so that people see when a clock stands still.
 *
 * @param now our time at which the tick began, epoch milliseconds.
 */
export async function noteTick(
  { store }: Pick<Ports, 'store'>,
  name: (typeof TICKING)[number],
  now: number,
): Promise<void> {
  const ticked = { function: name, isPaused: false, lastAt: toInstant(now), nextDueAt: now + TICK_EVERY_MS };
  await store.commit([set(tickRef(name), ticked)]);
}

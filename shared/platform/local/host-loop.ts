import type { Pump } from '#shared/ports/pump.ts';
import type { LocalPump } from './local-pump.ts';
import { PumpLoop, type PumpLoopOptions } from './pump-loop.ts';

/** Whether a pump does its turns. */
export interface PumpState {
  readonly name: string;
  readonly alive: boolean;
  /** Epoch milliseconds of the last finished turn, null before the first. */
  readonly lastTurnAt: number | null;
  /** Deliveries that wait or are under way. Work of a later time counts; a pump that delivers nothing has none. */
  readonly undelivered: number;
}

/** Pumps that run by themselves in real time. */
export interface LocalHostLoop {
  /** Looks for due work at once. */
  wake(): void;
  /** Resolves when nothing is due and nothing in flight; work of a later time does not count. */
  idle(): Promise<void>;
  /** Begins nothing more and resolves when everything in flight has been answered, or the grace is over. */
  stop(graceMs: number): Promise<void>;
  pumps(): readonly PumpState[];
}

/**
 * Drives pumps with real timers. What becomes due is dispatched while earlier deliveries are still in flight,
 * so that a slow one holds up nobody; a pump that fails a turn is tried again after a second.
 */
export function startLoops(
  pumps: readonly (Pump | LocalPump)[],
  options: Pick<PumpLoopOptions, 'clock' | 'onBroken'>,
): LocalHostLoop {
  const waiting: (() => void)[] = [];
  const loops = pumps.map((pump) => new PumpLoop({ ...options, pump, onQuiet: answerIfQuiet }));

  function answerIfQuiet(): void {
    if (loops.every((loop) => loop.isQuiet)) for (const resolve of waiting.splice(0)) resolve();
  }

  for (const loop of loops) loop.wake();
  return {
    wake() {
      for (const loop of loops) loop.wake();
    },
    idle() {
      return new Promise((resolve) => {
        waiting.push(resolve);
        answerIfQuiet();
      });
    },
    async stop(graceMs) {
      const grace = Promise.withResolvers<void>();
      const timer = setTimeout(grace.resolve, graceMs);
      await Promise.race([Promise.all(loops.map((loop) => loop.stop())), grace.promise]);
      clearTimeout(timer);
      answerIfQuiet();
    },
    pumps: () =>
      loops.map(({ name, isAlive, lastTurnAt, undelivered }) => ({
        name,
        alive: isAlive,
        lastTurnAt,
        undelivered,
      })),
  };
}

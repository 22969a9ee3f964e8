import type { Clock } from '#shared/ports/clock.ts';
import type { Pump } from '#shared/ports/pump.ts';
import type { Dispatch, LocalPump } from './local-pump.ts';

export interface PumpLoopOptions {
  readonly pump: Pump | LocalPump;
  readonly clock: Clock;
  /** Called whenever the loop may have become quiet. */
  readonly onQuiet: () => void;
  /** Called when turns begin to fail, not for each that fails. */
  readonly onBroken?: ((pump: string, error: unknown) => void) | undefined;
}

/** A due time further off is looked at again then; timers count to 2^31 ms only. */
const LONGEST_SLEEP_MS = 60_000;
const FAILED_TURN_RETRY_MS = 1_000;

/** One pump in real time: turns on demand and when something becomes due, never two at once. */
export class PumpLoop {
  readonly name: string;
  lastTurnAt: number | null = null;
  isAlive = true;
  readonly #options: PumpLoopOptions;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #inFlight = new Set<Promise<void>>();
  #state: 'asleep' | 'called' | 'turning' | 'turning_again' | 'stopped' = 'asleep';
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: PumpLoopOptions) {
    this.name = options.pump.name;
    this.#options = options;
    this.#unsubscribe = 'onWork' in options.pump ? options.pump.onWork(() => this.wake()) : undefined;
  }

  get undelivered(): number {
    const { pump } = this.#options;
    return 'undelivered' in pump ? pump.undelivered : 0;
  }

  get isQuiet(): boolean {
    return (this.#state === 'asleep' || this.#state === 'stopped') && this.#inFlight.size === 0;
  }

  /** Has a turn soon. Calls within one turn of the event loop, or during a turn, become one. */
  wake(): void {
    if (this.#state === 'turning') this.#state = 'turning_again';
    if (this.#state !== 'asleep') return;
    this.#state = 'called';
    clearTimeout(this.#timer);
    setImmediate(() => {
      if (this.#state === 'called') this.#turn = this.#takeTurn();
    });
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#unsubscribe?.();
    clearTimeout(this.#timer);
    await this.#turn;
    await Promise.all(this.#inFlight);
  }

  async #takeTurn(): Promise<void> {
    this.#state = 'turning';
    const nextDueAt = await this.#dispatch();
    if (this.#isStopped()) return;
    const isCalledAgain = (this.#state as string) === 'turning_again';
    this.#state = 'asleep';
    if (isCalledAgain) this.wake();
    else this.#sleepUntil(nextDueAt);
    this.#options.onQuiet();
  }

  async #dispatch(): Promise<number | null> {
    const { pump, clock } = this.#options;
    try {
      const { started, nextDueAt } = await dispatchOf(pump, clock.now());
      for (const delivery of started) this.#follow(delivery);
      this.isAlive = true;
      this.lastTurnAt = clock.now();
      return nextDueAt;
    } catch (error) {
      if (this.isAlive) this.#options.onBroken?.(pump.name, error);
      this.isAlive = false;
      return clock.now() + FAILED_TURN_RETRY_MS;
    }
  }

  #follow(delivery: Promise<void>): void {
    this.#inFlight.add(delivery);
    void delivery.finally(() => {
      this.#inFlight.delete(delivery);
      this.#options.onQuiet();
    });
  }

  #sleepUntil(dueAt: number | null): void {
    if (dueAt === null) return;
    const waitMs = Math.min(Math.max(dueAt - this.#options.clock.now(), 0), LONGEST_SLEEP_MS);
    if (waitMs === 0) this.wake();
    else this.#timer = setTimeout(() => this.wake(), waitMs);
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }
}

/** A pump that cannot return early is driven a whole turn at a time. */
async function dispatchOf(pump: Pump | LocalPump, now: number): Promise<Dispatch> {
  if ('dispatchDue' in pump) return pump.dispatchDue(now);
  const { nextDueAt } = await pump.runOnce(now);
  return { started: [], nextDueAt };
}

import type { Clock } from '#shared/ports/clock.ts';
import type { Deliver, Delivery } from '#shared/ports/delivery.ts';
import type { PumpReport } from '#shared/ports/pump.ts';
import { type DeliveryEntry, DeliveryLane } from './delivery-lane.ts';
import type { Dispatch, LocalPump } from './local-pump.ts';
import { WorkSignal } from './work-signal.ts';

/** The HTTP status that a function answered with; null when the connection was lost. */
export type Answer = number | null;

/** What one kind of delivery looks like and what its answers mean. */
export interface DeliveryWork<E extends DeliveryEntry> {
  /** The request to make; undefined when the row is gone. */
  compose(lane: string, entry: E): Delivery | undefined;
  /**
   * Counts, durably, the attempt that is about to be made with a row that was left over. False when it would be
   * one too many, and the row has been given up. Left out where attempts are not counted.
   */
  countAttempt?(lane: string, entry: E): Promise<boolean>;
  /** Records the answer. Returns the entry of the next attempt, or undefined when it was the last. */
  settle(lane: string, entry: E, answer: Answer, now: number): Promise<E | undefined> | E | undefined;
}

export interface DeliveryPumpOptions<E extends DeliveryEntry> {
  readonly name: string;
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly work: DeliveryWork<E>;
  readonly lanes: readonly { readonly name: string; readonly maxConcurrent: number }[];
  /**
   * Runs before every turn: finds work that did not come through `add`. Returns when it wants to run again,
   * epoch milliseconds, or null.
   */
  readonly prepare?: (now: number) => Promise<number | null>;
}

/** Wait before settling is tried again when the database refused to record an answer. */
const SETTLE_RETRY_MS = 1_000;

/**
 * Delivers rows from ready lists in memory. A row that is in flight is leased by being in this process: a
 * restart reads the tables again, and so a dead process's leases end with it. The first attempt that dies with
 * its process is not counted, which keeps a write away from every delivery; those after it are, before they are
 * made, so that a delivery which ends the process every time comes to an end as well.
 */
export class DeliveryPump<E extends DeliveryEntry> implements LocalPump {
  readonly name: string;
  readonly onWork: LocalPump['onWork'];
  readonly #options: DeliveryPumpOptions<E>;
  readonly #lanes: ReadonlyMap<string, DeliveryLane<E>>;
  readonly #signal = new WorkSignal();

  constructor(options: DeliveryPumpOptions<E>) {
    this.name = options.name;
    this.#options = options;
    this.#lanes = new Map(
      options.lanes.map((lane) => [lane.name, new DeliveryLane<E>(lane.name, lane.maxConcurrent)]),
    );
    this.onWork = this.#signal.on;
  }

  /** Takes a durable row into the ready list. Rows of unknown lanes stay in their table. */
  add(lane: string, entry: E): void {
    this.#lanes.get(lane)?.add(entry);
    this.#signal.raise();
  }

  /** Calls the host without adding anything. */
  wake(): void {
    this.#signal.raise();
  }

  setPaused(lane: string, isPaused: boolean): void {
    const known = this.#lanes.get(lane);
    if (known === undefined || known.isPaused === isPaused) return;
    known.isPaused = isPaused;
    this.#signal.raise();
  }

  /** Forgets what waits in a lane. */
  drop(lane: string): void {
    this.#lanes.get(lane)?.drop();
  }

  get undelivered(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.undelivered, 0);
  }

  async dispatchDue(now: number): Promise<Dispatch> {
    const prepareAt = await this.#prepare(now);
    const started: Promise<void>[] = [];
    const nextDue: (number | null)[] = [prepareAt];
    for (const lane of this.#lanes.values()) {
      while (!lane.isPaused && lane.freeSlots > 0) {
        const entry = lane.takeDue(now);
        if (entry === undefined) break;
        started.push(this.#attempt(lane, entry));
      }
      if (lane.freeSlots > 0) nextDue.push(lane.nextDueAt());
    }
    return { started, nextDueAt: earliest(nextDue) };
  }

  async runOnce(now: number): Promise<PumpReport> {
    const prepareAt = await this.#prepare(now);
    const lanes = [...this.#lanes.values()];
    const counts = await Promise.all(lanes.map((lane) => this.#runLane(lane, now)));
    return {
      delivered: counts.reduce((sum, count) => sum + count, 0),
      // A look at what others wrote is no delivery; only more of what is already there counts.
      nextDueAt: earliest([
        prepareAt !== null && prepareAt <= now ? prepareAt : null,
        ...lanes.map((lane) => lane.nextDueAt()),
      ]),
    };
  }

  async #prepare(now: number): Promise<number | null> {
    return this.#options.prepare === undefined ? null : await this.#options.prepare(now);
  }

  /** Attempts what is due now once: what the deliveries add, retries included, is left for the next turn. */
  async #runLane(lane: DeliveryLane<E>, now: number): Promise<number> {
    if (lane.isPaused) return 0;
    const due = lane.takeAllDue(now);
    let next = 0;
    let delivered = 0;
    const work = async (): Promise<void> => {
      while (!lane.isPaused && lane.freeSlots > 0) {
        const entry = due[next++];
        if (entry === undefined) return;
        delivered += 1;
        await this.#attempt(lane, entry);
      }
    };
    await Promise.all(Array.from({ length: Math.min(lane.freeSlots, due.length) }, work));
    for (const entry of due.slice(next)) lane.giveBack(entry);
    return delivered;
  }

  async #attempt(lane: DeliveryLane<E>, entry: E): Promise<void> {
    const { work, clock } = this.#options;
    if (!lane.begin(entry)) return;
    let again: E | undefined;
    try {
      const isWanted = entry.isLeftOver !== true || (await work.countAttempt?.(lane.name, entry)) !== false;
      const delivery = isWanted ? work.compose(lane.name, entry) : undefined;
      if (delivery !== undefined) {
        const answer = await this.#deliver(delivery);
        again = await work.settle(lane.name, entry, answer, clock.now());
      }
    } catch {
      // The database refused: the row still stands there as it was.
      again = { ...entry, dueAt: clock.now() + SETTLE_RETRY_MS };
    }
    lane.end(entry.id, again);
    if (again !== undefined || lane.waitingCount > 0) this.#signal.raise();
  }

  async #deliver(delivery: Delivery): Promise<Answer> {
    try {
      return (await this.#options.deliver(delivery)).status;
    } catch {
      return null;
    }
  }
}

/** The smallest of the times given, null when there is none. */
function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Whether a function took the delivery. */
export function isTaken(answer: Answer): boolean {
  return answer !== null && answer >= 200 && answer < 300;
}

/** Exponential backoff: `minMs` after the first failure, doubling up to `maxMs`. */
export function backoffMs(
  failures: number,
  limits: { readonly minMs: number; readonly maxMs: number },
): number {
  return Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures - 1, 40));
}

/** Drives pumps and a clock until nothing is due: what a world's time is made of. */
import type { LocalPump } from '#shared/platform/local/local-pump.ts';
import type { Pump } from '#shared/ports/pump.ts';
import type { Twin } from '#test/twins/index.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Turns of the world before it is called restless. */
const MAX_TURNS = 200_000;

/** Lets what is due happen. */
export interface Driver {
  /** Until nothing is due before the time given and nothing is in flight. */
  settle(until: number, withBackground?: boolean): Promise<void>;
  turn(): Promise<boolean>;
}

/** What a driver needs of a pump that begins deliveries without waiting for them. */
type DispatchingPump = Pump & Pick<LocalPump, 'dispatchDue'>;

/** Pumps whose next turn alone does not keep a world going: they tick for ever. */
const BACKGROUND_PUMPS = new Set(['schedules', 'expiry']);

/** Drives pumps and clock: whatever is due starts, deliveries run beside each other, time moves only when all wait. */
export function createDriver(clock: VirtualClock, pumps: readonly (Pump | DispatchingPump)[]): Driver {
  let inFlight = 0;
  let ended = 0;

  async function turn(): Promise<boolean> {
    const before = ended;
    let started = 0;
    for (const pump of pumps) started += await start(pump);
    await new Promise((resolve) => setImmediate(resolve));
    return started > 0 || ended !== before;
  }

  const dueAt = new Map<string, number | null>();
  async function start(pump: Pump | DispatchingPump): Promise<number> {
    if ('dispatchDue' in pump) {
      const dispatch = await pump.dispatchDue(clock.now());
      dueAt.set(pump.name, dispatch.nextDueAt);
      for (const delivery of dispatch.started) follow(delivery);
      return dispatch.started.length;
    }
    const report = await pump.runOnce(clock.now());
    dueAt.set(pump.name, report.nextDueAt);
    return report.delivered;
  }

  function follow(delivery: Promise<unknown>): void {
    inFlight += 1;
    void delivery.finally(() => {
      inFlight -= 1;
      ended += 1;
    });
  }

  function nextAt(withBackground: boolean): number | null {
    const times = [...dueAt]
      .filter(([name]) => inFlight > 0 || withBackground || !BACKGROUND_PUMPS.has(name))
      .map(([, at]) => at);
    const known = [...times, clock.nextAt()].filter((at) => at !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  async function settle(until: number, withBackground = false): Promise<void> {
    let quiet = 0;
    for (let turns = 0; turns < MAX_TURNS; turns += 1) {
      quiet = (await turn()) ? 0 : quiet + 1;
      if (quiet < 3) continue;
      const next = nextAt(withBackground);
      if (next === null) {
        if (inFlight === 0) return;
        continue;
      }
      if (next > until && inFlight === 0) return;
      clock.advanceTo(Math.max(next, clock.now()));
      quiet = 0;
    }
    throw new Error('The world did not come to rest.');
  }
  return { settle, turn };
}

/** A twin's webhooks, each delivery beside the others. */
export function asPump(name: string, twin: Twin): DispatchingPump {
  let busy = false;
  let nextDueAt: number | null = null;
  return {
    name,
    runOnce: (now) => twin.runOnce(now),
    async dispatchDue(now) {
      if (busy) return { started: [], nextDueAt };
      busy = true;
      const turn = twin.runOnce(now).then((report) => {
        nextDueAt = report.nextDueAt;
        busy = false;
        return report;
      });
      // A turn that sends nothing ends within this microtask queue and is no progress.
      await new Promise((resolve) => setImmediate(resolve));
      if (!busy) {
        const report = await turn;
        return { started: report.delivered > 0 ? [Promise.resolve()] : [], nextDueAt: report.nextDueAt };
      }
      return { started: [turn.then(() => undefined)], nextDueAt: null };
    },
  };
}

/** Lets a promise that waits for virtual time come to its end. */
export async function drain<T>(driver: Driver, clock: VirtualClock, work: Promise<T>): Promise<T> {
  const progress = { isDone: false };
  const watched = work.finally(() => {
    progress.isDone = true;
  });
  for (let turns = 0; turns < MAX_TURNS && !progress.isDone; turns += 1) {
    const isBusy = await driver.turn();
    if (!isBusy) clock.advanceTo(clock.nextAt() ?? clock.now());
  }
  return watched;
}

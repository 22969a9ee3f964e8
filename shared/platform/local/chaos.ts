import type { Deliver, Delivery, DeliveryAnswer } from '#shared/ports/delivery.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { ConcordError } from '#shared/errors/concord-error.ts';
import { unavailable } from '#shared/errors/faults.ts';
import { vendorTimeout, vendorUnreachable } from '#shared/errors/http-faults.ts';
import { InstanceCrash } from './instance-crash.ts';

/** Chance of each disturbance, 0 to 1. What is left out never happens. */
export interface ChaosRates {
  /** The instance dies before a port call, which then has no effect. */
  readonly crashBefore?: number;
  /** The instance dies after a port call, which has had its effect. */
  readonly crashAfter?: number;
  /** A port call fails without effect. */
  readonly failBefore?: number;
  /** A port call takes effect and then seems to fail. */
  readonly failAfter?: number;
  /** A delivery arrives twice, the second time while the first may still be running. */
  readonly duplicate?: number;
  /** A delivery gets lost now; a copy of it arrives late, beside what the platform's own retry sends. */
  readonly delay?: number;
  /** A delivery is overtaken by others that were begun after it. */
  readonly reorder?: number;
}

export interface ChaosOptions {
  /** Uniform in [0, 1). Seed it to repeat a run. */
  readonly random: () => number;
  readonly rates: ChaosRates;
  /** Lets others go first; called a few times to reorder. @default one turn of the event loop */
  readonly yieldTurn?: () => Promise<void>;
}

export interface ChaosReport {
  readonly crashes: number;
  readonly failures: number;
  readonly duplicates: number;
  readonly delays: number;
  readonly reorderings: number;
}

/** Disturbs ports and deliveries at given rates. Everything that it does, the cloud may do. */
export interface Chaos {
  /** The ports of one instance of a function. Clock, ids and telemetry have no effect outside and stay as they are. */
  wrap(ports: Ports, functionName: string): Ports;
  /** Deliveries to instances whose ports are wrapped. A crash of the instance loses its answer. */
  wrapDeliver(deliver: Deliver): Deliver;
  /** Delivers the late copies that are still held back. */
  flush(): Promise<void>;
  report(): ChaosReport;
}

/** Late copies held back at a time; the oldest is let go first. */
const MAX_HELD = 16;
const MAX_TURNS_OVERTAKEN = 8;

/** Creates the chaos switch. */
export function createChaos(options: ChaosOptions): Chaos {
  const { rates, random, yieldTurn = nextTurn } = options;
  const counts = { crashes: 0, failures: 0, duplicates: 0, delays: 0, reorderings: 0 };
  const deaths = new Map<string, number>();
  const held: { readonly deliver: Deliver; readonly delivery: Delivery }[] = [];
  const happens = (rate: number | undefined): boolean => rate !== undefined && rate > 0 && random() < rate;

  function crash(functionName: string): never {
    counts.crashes += 1;
    deaths.set(functionName, (deaths.get(functionName) ?? 0) + 1);
    throw new InstanceCrash(functionName);
  }

  function fail(fault: () => ConcordError): never {
    counts.failures += 1;
    throw fault();
  }

  function around(functionName: string, port: string): <T>(call: () => Promise<T>) => Promise<T> {
    const isVendor = port === 'http';
    return async (call) => {
      if (happens(rates.crashBefore)) crash(functionName);
      if (happens(rates.failBefore))
        fail(() => (isVendor ? vendorUnreachable('the vendor') : unavailable(port)));
      const result = await call();
      if (happens(rates.crashAfter)) crash(functionName);
      if (happens(rates.failAfter))
        fail(() => (isVendor ? vendorTimeout('the vendor', 0) : unavailable(port)));
      return result;
    };
  }

  /** An instance that died while it served a delivery answers nothing, even if its handler caught the crash. */
  async function deliverOnce(deliver: Deliver, delivery: Delivery): Promise<DeliveryAnswer> {
    const deathsBefore = deaths.get(delivery.target) ?? 0;
    const lost = unavailable(`An instance of ${delivery.target}`);
    try {
      const answer = await deliver(delivery);
      if ((deaths.get(delivery.target) ?? 0) !== deathsBefore) throw lost;
      return answer;
    } catch (error) {
      throw error instanceof InstanceCrash ? lost : error;
    }
  }

  async function releaseHeld(limit: number): Promise<void> {
    for (const late of held.splice(0, limit))
      await deliverOnce(late.deliver, late.delivery).catch(ignoreLate);
  }

  async function disturb(deliver: Deliver, delivery: Delivery): Promise<DeliveryAnswer> {
    if (held.length > 0 && (held.length >= MAX_HELD || random() < 0.5)) await releaseHeld(1);
    if (happens(rates.delay)) {
      counts.delays += 1;
      held.push({ deliver, delivery });
      throw unavailable(`The way to ${delivery.target}`);
    }
    if (happens(rates.reorder)) {
      counts.reorderings += 1;
      const turns = 1 + Math.floor(random() * MAX_TURNS_OVERTAKEN);
      for (let turn = 0; turn < turns; turn += 1) await yieldTurn();
    }
    if (!happens(rates.duplicate)) return deliverOnce(deliver, delivery);
    counts.duplicates += 1;
    const [first] = await Promise.allSettled([
      deliverOnce(deliver, delivery),
      deliverOnce(deliver, delivery),
    ]);
    if (first.status === 'rejected') throw first.reason;
    return first.value;
  }

  return {
    wrap: (ports, functionName) => wrapPorts(ports, (port) => around(functionName, port)),
    wrapDeliver: (deliver) => (delivery) => disturb(deliver, delivery),
    flush: () => releaseHeld(held.length),
    report: () => ({ ...counts }),
  };
}

type Around = <T>(call: () => Promise<T>) => Promise<T>;

function wrapPorts(ports: Ports, aroundPort: (port: string) => Around): Ports {
  const { store, bus, tasks, queues, secrets, identity, http } = ports;
  const [onStore, onBus, onTasks] = [
    aroundPort('The document store'),
    aroundPort('The event bus'),
    aroundPort('The task queue'),
  ];
  const [onQueues, onSecrets, onIdentity] = [
    aroundPort('The queue'),
    aroundPort('The secrets'),
    aroundPort('The identity issuer'),
  ];
  const onHttp = aroundPort('http');
  return {
    ...ports,
    store: {
      get: (ref) => onStore(() => store.get(ref)),
      getAll: (refs) => onStore(() => store.getAll(refs)),
      query: (query) => onStore(() => store.query(query)),
      count: (query) => onStore(() => store.count(query)),
      commit: (writes) => onStore(() => store.commit(writes)),
      transact: (body) =>
        onStore(() =>
          store.transact((transaction) =>
            body({
              get: (ref) => onStore(() => transaction.get(ref)),
              query: (query) => onStore(() => transaction.query(query)),
              write: (...writes) => transaction.write(...writes),
            }),
          ),
        ),
    },
    bus: { publish: (topic, messages) => onBus(() => bus.publish(topic, messages)) },
    tasks: { enqueue: (task) => onTasks(() => tasks.enqueue(task)) },
    queues: {
      list: () => onQueues(() => queues.list()),
      pause: (queue) => onQueues(() => queues.pause(queue)),
      resume: (queue) => onQueues(() => queues.resume(queue)),
      purge: (queue) => onQueues(() => queues.purge(queue)),
    },
    secrets: { versions: (name) => onSecrets(() => secrets.versions(name)) },
    identity: {
      token: (audience) => onIdentity(() => identity.token(audience)),
      verify: (token, audience) => onIdentity(() => identity.verify(token, audience)),
    },
    http: { send: (request) => onHttp(() => http.send(request)) },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A late copy is nobody's delivery: whatever becomes of it, the platform's own retry goes on. */
function ignoreLate(): void {}

import type { Query, Transaction, Write } from '#shared/ports/document-store.ts';
import type { DocumentRef } from '#shared/model/document.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Entry } from '#shared/runtime/entry.ts';

/** What is paid for in the cloud, and what vendors limit. */
export interface Operations {
  readonly publishes: number;
  readonly tasks: number;
  /** Calls of our functions: webhooks, pushed messages, tasks. */
  readonly invocations: number;
  /** Documents read; a query that finds nothing costs one. */
  readonly reads: number;
  /** Documents written or deleted. */
  readonly writes: number;
  readonly vendorCalls: number;
}

/** Ports that count what goes through them. */
export interface CountingPorts {
  readonly wrapPorts: (ports: Ports, functionName: string) => Ports;
  readonly wrapDeliver: (deliver: Deliver) => Deliver;
  readonly wrapIngest: (ingest: Entry) => Entry;
  /** Counts since the last `take`, and starts anew. */
  take(): Operations;
}

type Counter = { -readonly [K in keyof Operations]: Operations[K] };

/** What runs by the clock and not because of an event. */
const BY_THE_CLOCK: ReadonlySet<string> = new Set(['drift-checker', 'poller', 'watchdog']);

/** Creates counters at zero. Commits that lost a race are counted too. */
export function createCountingPorts(): CountingPorts {
  let counter = fresh();
  const add = (what: keyof Operations, many = 1): void => {
    counter[what] += many;
  };
  return {
    wrapPorts: (ports, functionName) => (BY_THE_CLOCK.has(functionName) ? ports : counted(ports, add)),
    wrapDeliver: (deliver) => (delivery) => {
      if (!BY_THE_CLOCK.has(delivery.target)) add('invocations');
      return deliver(delivery);
    },
    wrapIngest: (ingest) => (request) => {
      add('invocations');
      return ingest(request);
    },
    take() {
      const taken = counter;
      counter = fresh();
      return taken;
    },
  };
}

type Add = (what: keyof Operations, many?: number) => void;

function counted(ports: Ports, add: Add): Ports {
  return {
    ...ports,
    bus: {
      publish(topic, messages) {
        add('publishes', messages.length);
        return ports.bus.publish(topic, messages);
      },
    },
    tasks: {
      enqueue(task) {
        add('tasks');
        return ports.tasks.enqueue(task);
      },
    },
    http: {
      send(request) {
        add('vendorCalls');
        return ports.http.send(request);
      },
    },
    store: countedStore(ports.store, add),
  };
}

function countedStore(store: Ports['store'], add: Add): Ports['store'] {
  return {
    get(ref) {
      add('reads');
      return store.get(ref);
    },
    getAll(refs) {
      add('reads', refs.length);
      return store.getAll(refs);
    },
    async query<T extends object>(query: Query<T>) {
      const found = await store.query(query);
      add('reads', Math.max(1, found.length));
      return found;
    },
    count(query) {
      add('reads');
      return store.count(query);
    },
    commit(writes) {
      add('writes', writes.length);
      return store.commit(writes);
    },
    transact: (body) => store.transact((transaction) => body(countedTransaction(transaction, add))),
  };
}

function countedTransaction(transaction: Transaction, add: Add): Transaction {
  return {
    get<T extends object>(ref: DocumentRef<T>) {
      add('reads');
      return transaction.get(ref);
    },
    async query<T extends object>(query: Query<T>) {
      const found = await transaction.query(query);
      add('reads', Math.max(1, found.length));
      return found;
    },
    write(...writes: readonly Write[]) {
      add('writes', writes.length);
      transaction.write(...writes);
    },
  };
}

function fresh(): Counter {
  return { publishes: 0, tasks: 0, invocations: 0, reads: 0, writes: 0, vendorCalls: 0 };
}

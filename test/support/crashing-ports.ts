import type { Deliver } from '#shared/ports/delivery.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Entry } from '#shared/runtime/entry.ts';

/** Ports whose calls can be counted, and at one of which the process dies. */
export interface CrashingPorts {
  readonly wrapPorts: (ports: Ports) => Ports;
  readonly wrapDeliver: (deliver: Deliver) => Deliver;
  readonly wrapIngest: (ingest: Entry) => Entry;
  /** Calls so far, since the last `arm`. */
  calls(): number;
  /** Names of the calls so far. */
  trace(): readonly string[];
  /** Dies at the given call, counted from now: before it takes place, or after it and before anybody hears of it. */
  arm(at: number | null, when: 'before' | 'after'): void;
}

/** What a caller makes of a connection that breaks. */
const LOST = Object.freeze({ status: 599, headers: {}, body: '' });

/**
 * A crash never settles the call and never resumes the caller, as a dead process would not; nothing is thrown,
 * so no `catch` and no `finally` runs. The delivery that was under way is lost and comes again.
 */
export function createCrashingPorts(): CrashingPorts {
  let count = 0;
  let trace: string[] = [];
  let target: { readonly at: number; readonly when: 'before' | 'after' } | null = null;
  let death = Promise.withResolvers<typeof LOST>();

  function die<T>(): Promise<T> {
    target = null;
    const dead = death;
    death = Promise.withResolvers();
    dead.resolve(LOST);
    return new Promise(() => undefined);
  }

  async function around<T>(name: string, call: () => Promise<T>): Promise<T> {
    const index = count;
    count += 1;
    trace.push(name);
    const isTarget = target?.at === index;
    if (isTarget && target?.when === 'before') return die();
    const answer = await call();
    return isTarget ? die() : answer;
  }

  function wrap<P extends object>(port: P, portName: string): P {
    return new Proxy(port, {
      get(object, name, receiver) {
        const member: unknown = Reflect.get(object, name, receiver);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]) =>
          around(
            `${portName}.${String(name)}`,
            () => Reflect.apply(member, object, parameters) as Promise<unknown>,
          );
      },
    });
  }

  return {
    wrapPorts: (ports) => ({
      ...ports,
      store: wrap(ports.store, 'store'),
      bus: wrap(ports.bus, 'bus'),
      tasks: wrap(ports.tasks, 'tasks'),
      http: wrap(ports.http, 'http'),
    }),
    wrapDeliver: (deliver) => (delivery) => Promise.race([deliver(delivery), death.promise]),
    wrapIngest: (ingest) => (request) => Promise.race([ingest(request), death.promise]),
    calls: () => count,
    trace: () => trace,
    arm(at, when) {
      count = 0;
      trace = [];
      target = at === null ? null : { at, when };
    },
  };
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, OrderAnswer, Orders } from './serve-orders.ts';

/** A process that serves orders. */
export interface Child<O extends Orders> {
  ask<N extends keyof O & string>(name: N, ...argument: Parameters<O[N]>): Promise<Awaited<ReturnType<O[N]>>>;
  /** Ends it and resolves when it is gone. */
  end(): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  /** Beside what a process needs to run at all. */
  readonly environment?: Readonly<Record<string, string>>;
}

const GRACE_MS = 5_000;

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a module in a process of its own and resolves when it takes orders. What it logs goes to stderr. */
export async function startChild<O extends Orders>(
  module: URL,
  options: ChildOptions = {},
): Promise<Child<O>> {
  const { args = [], environment = {} } = options;
  const file = fileURLToPath(module);
  const { PATH, HOME, TMPDIR } = process.env;
  const inherited = Object.entries({ PATH, HOME, TMPDIR }).filter((entry) => entry[1] !== undefined);
  const child = fork(file, [...args], {
    env: { ...Object.fromEntries(inherited), ...environment },
    execArgv: [],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const asked = new Map<number, Asked>();
  let lastId = 0;

  child.on('message', (answer: OrderAnswer | 'ready') => {
    if (answer === 'ready') return;
    const waiting = asked.get(answer.id);
    asked.delete(answer.id);
    if (answer.status === 'done') waiting?.resolve(answer.value);
    else waiting?.reject(new Error(`${file}: ${answer.message}`));
  });
  child.once('exit', (code) => {
    for (const { reject } of asked.values()) reject(new Error(`${file} ended with ${code}.`));
    asked.clear();
  });

  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (first !== 'ready') throw new Error(`${file} did not start.`);

  return {
    ask: (name, ...[argument]) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        asked.set(lastId, { resolve: resolve as Asked['resolve'], reject });
        const order: Order = { id: lastId, name, argument };
        child.send(order);
      }),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      // It ends by itself then, so that a profiler can still write what it has seen.
      child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Inherited, MeshAnswer, MeshOrder, Owed } from './mesh-messages.ts';
import { STALLED_MS } from './stalled.ts';

/** One mesh process after the other on the same data; the next one stands ready before the last one dies. */
export interface MeshGenerations {
  /** Tells the next process to run, and does not wait for it to be up. */
  start(): Promise<void>;
  /** Resolves when the running process serves, with what those before left to it. */
  running(): Promise<Inherited>;
  /** Ends the running process as a power cut would, and resolves when it is gone with how far it had come. */
  kill(): Promise<'coming_up' | 'serving'>;
  look(): Promise<Owed>;
  /** Asks the running process to end and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends everything that was started. */
  close(): Promise<void>;
}

const MODULE = fileURLToPath(new URL('./mesh-process.ts', import.meta.url));
/** Loading takes longer than a process lives. */
const STANDING_READY = 2;

export interface GenerationsOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Forks the first processes; none runs yet. */
export function createGenerations({ folder, environment }: GenerationsOptions): MeshGenerations {
  const all = new Set<ChildProcess>();
  const ready = Array.from({ length: STANDING_READY }, born);
  let current: ChildProcess | null = null;
  let isServing = false;

  function born(): { readonly child: ChildProcess; readonly loaded: Promise<unknown> } {
    const child = fork(MODULE, [], { cwd: folder, env: environment, execArgv: [] });
    all.add(child);
    child.once('exit', () => all.delete(child));
    const loaded = heard(child, 'loaded');
    loaded.catch(() => undefined); // It may be told never to run.
    return { child, loaded };
  }

  function running(): ChildProcess {
    if (current === null) throw new Error('No mesh process is running.');
    return current;
  }

  return {
    async start() {
      const next = ready.shift() ?? born();
      ready.push(born());
      await next.loaded;
      current = next.child;
      isServing = false;
      current.on('message', ({ kind }: MeshAnswer) => {
        if (kind === 'running') isServing = true;
      });
      tell(current, { kind: 'run' });
    },
    async running() {
      return (await heard(running(), 'running')).inherited;
    },
    async kill() {
      const child = running();
      current = null;
      await end(child, 'SIGKILL');
      return isServing ? 'serving' : 'coming_up';
    },
    async look() {
      const answer = heard(running(), 'owed');
      tell(running(), { kind: 'look' });
      return (await answer).owed;
    },
    async stop() {
      const child = running();
      current = null;
      return end(child, 'SIGTERM');
    },
    async close() {
      await Promise.all([...all].map((child) => end(child, 'SIGKILL')));
    },
  };
}

function tell(child: ChildProcess, order: MeshOrder): void {
  if (child.connected) child.send(order, () => undefined);
}

/** Waits for one kind of answer. Rejects when the process ends without it, or says nothing for ever. */
function heard<K extends MeshAnswer['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<MeshAnswer, { kind: K }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<MeshAnswer, { kind: K }>>();
  const refuse = (why: string) => () => reject(new Error(`A mesh process never said "${kind}": ${why}.`));
  const timer = setTimeout(refuse(`it has been silent for ${STALLED_MS} ms`), STALLED_MS);
  const onExit = refuse('it has ended');
  function onMessage(answer: MeshAnswer): void {
    if (answer.kind === kind) resolve(answer as Extract<MeshAnswer, { kind: K }>);
  }
  child.on('message', onMessage).once('exit', onExit);
  return promise.finally(() => {
    clearTimeout(timer);
    child.off('message', onMessage).off('exit', onExit);
  });
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return child.exitCode;
}

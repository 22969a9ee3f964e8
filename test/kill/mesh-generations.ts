import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MeshAnswer, MeshOrder, Owed } from './mesh-messages.ts';

/** One mesh process after the other on the same data; the next one stands ready before the last one dies. */
export interface MeshGenerations {
  /** Lets the next process run. Resolves at once: it may be killed before it is up. */
  start(): void;
  /** Ends the running process as a power cut would, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when the running process serves. */
  running(): Promise<void>;
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

  function born(): { readonly child: ChildProcess; readonly loaded: Promise<void> } {
    const child = fork(MODULE, [], { cwd: folder, env: environment, execArgv: [] });
    all.add(child);
    child.once('exit', () => all.delete(child));
    return { child, loaded: heard(child, 'loaded').then(() => undefined) };
  }

  function running(): ChildProcess {
    if (current === null) throw new Error('No mesh process is running.');
    return current;
  }

  return {
    start() {
      const next = ready.shift() ?? born();
      ready.push(born());
      current = next.child;
      void next.loaded.then(() => tell(next.child, { kind: 'run' }));
    },
    async kill() {
      const child = running();
      current = null;
      await end(child, 'SIGKILL');
    },
    async running() {
      await heard(running(), 'running');
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

/** Waits for one kind of answer; a process that ends first never answers. */
function heard<K extends MeshAnswer['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<MeshAnswer, { kind: K }>> {
  return new Promise((resolve) => {
    function onMessage(answer: MeshAnswer): void {
      if (answer.kind !== kind) return;
      child.off('message', onMessage);
      resolve(answer as Extract<MeshAnswer, { kind: K }>);
    }
    child.on('message', onMessage);
  });
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return child.exitCode;
}

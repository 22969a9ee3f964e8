import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface InstanceOptions {
  /** Module to run. It sends `{kind: 'listening', port}` once it can be reached. */
  readonly module: URL;
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called whenever it has ended without having been asked to, and is about to be started again. */
  readonly onEnd: (exitCode: number | null) => void;
}

/** One process that is kept running. */
export interface InstanceProcess {
  /** Undefined until it listens, and while it is being started again. */
  readonly port: number | undefined;
  /** Asks it to finish what it has begun, and ends it after the grace. */
  stop(graceMs: number): Promise<void>;
}

const ListeningSchema = z.object({ kind: z.literal('listening'), port: z.number().int().positive() });

/** The wait doubles with each end in a row, so that a module that cannot start does not keep a core busy. */
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 10_000;

/**
 * Runs a module in a process of its own and starts it again when it ends, as the cloud replaces an
 * instance. Resolves when it listens, or with `port` undefined when its first start failed.
 */
export async function startInstance(options: InstanceOptions): Promise<InstanceProcess> {
  const instance = new Instance(options);
  await instance.firstStart;
  return instance;
}

class Instance implements InstanceProcess {
  port: number | undefined;
  readonly firstStart: Promise<void>;
  readonly #options: InstanceOptions;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  #endsInARow = 0;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.firstStart = new Promise((resolve) => this.#start(resolve));
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  #start(onSettled: () => void): void {
    const { module, args, environment } = this.#options;
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const child = fork(fileURLToPath(module), [...args], {
      env: environment,
      execArgv: [],
      stdio: [...stdio],
    });
    this.#child = child;
    child.once('message', (message) => {
      const listening = ListeningSchema.safeParse(message);
      if (listening.success) this.port = listening.data.port;
      this.#endsInARow = 0;
      onSettled();
    });
    child.once('exit', (exitCode) => {
      this.port = undefined;
      onSettled();
      if (!this.#isStopping) this.#startAgain(exitCode);
    });
  }

  #startAgain(exitCode: number | null): void {
    this.#options.onEnd(exitCode);
    const waitMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(this.#endsInARow, 10));
    this.#endsInARow += 1;
    this.#restart = setTimeout(() => this.#start(() => undefined), waitMs);
  }
}

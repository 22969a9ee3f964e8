import { vi } from 'vitest';

/** Everything that this process writes to where logs are read, whoever writes it: our logger, Node, a library. */
export interface LogSinks {
  readonly text: () => string;
  /** Lets the sinks have what comes from now on. */
  release(): void;
}

const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;

/** Keeps what is written from now on, instead of writing it. */
export function captureLogSinks(): LogSinks {
  const written: string[] = [];
  const keep = (chunk: unknown): boolean => {
    written.push(chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk));
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep),
    ...METHODS.map((method) =>
      vi.spyOn(globalThis.console, method).mockImplementation((...values) => values.forEach(keep)),
    ),
  ];
  return {
    text: () => written.join('\n'),
    release() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

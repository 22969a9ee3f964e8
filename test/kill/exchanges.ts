import { EventEmitter } from 'node:events';

/**
 * Counts what passes between the mesh and its vendors: the clock by which a process lives that is to die in the
 * midst of work, on a slow machine as on a fast one.
 */
export interface Exchanges {
  note(): void;
  /** Resolves when so many more have passed, or after a long silence: then nothing is left to be done. */
  passed(count: number): Promise<void>;
}

const SILENCE_MS = 1_000;

/** Creates a counter that nobody waits for. */
export function createExchanges(): Exchanges {
  const noted = new EventEmitter();
  return {
    note() {
      noted.emit('exchange');
    },
    async passed(count) {
      if (count <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const silence = setTimeout(resolve, SILENCE_MS);
      let left = count;
      function onExchange(): void {
        silence.refresh();
        left -= 1;
        if (left === 0) resolve();
      }
      noted.on('exchange', onExchange);
      await promise;
      noted.off('exchange', onExchange);
      clearTimeout(silence);
    },
  };
}

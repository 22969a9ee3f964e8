import { setTimeout as wait } from 'node:timers/promises';

/** Waits so many milliseconds of the machine's time; less when somebody ends it. */
export async function pause(ms: number, ended: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal: ended });
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

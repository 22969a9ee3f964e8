import { defineCollection } from './document.ts';
import type { SystemId } from './ids.ts';
import { toEpochMs, type Instant } from './instant.ts';
import type { Mode } from './vocabulary.ts';

/** Nothing is written to a paused system, and nothing that is owed to it is lost. What is done by the clock pauses alike. */
export interface Pause {
  /** Who paused it: an operator's id. */
  readonly by: string;
  readonly at: Instant;
  readonly reason: string;
  /** When it ends by itself; null when somebody has to resume it. */
  readonly until: Instant | null;
}

/** Whether a pause holds at `now`, epoch milliseconds: it may end by itself. */
export function holdsAt(pause: Pause | null | undefined, now: number): boolean {
  return pause != null && (pause.until === null || toEpochMs(pause.until) > now);
}

/** A mode, and since when by our clock. Null: since the beginning, so that all evidence is later than it. */
export interface ModeSetting {
  readonly mode: Mode;
  readonly since: Instant | null;
}

/** Modes of a client, of its systems and of its dimensions (`customer.profile`). What is not named follows the client. */
export interface Modes {
  readonly client: ModeSetting;
  readonly systems: Readonly<Record<SystemId, ModeSetting>>;
  readonly dimensions: Readonly<Record<string, ModeSetting>>;
}

/**
 * What operators may switch while the mesh runs. One document, read before anything is decided that would write, and
 * again before every write.
 */
export interface ControlSettings {
  readonly modes: Modes;
  readonly pauses: Readonly<Record<SystemId, Pause>>;
  /** Our times until which mass guards are closed, by key. Left out for none. */
  readonly guards?: Readonly<Record<string, Instant>>;
}

export const settings = defineCollection<ControlSettings>({
  name: 'settings',
  indexes: [],
  unindexed: ['modes', 'pauses', 'guards'],
  ttlField: null,
  erasure: 'keep_without_personal_data',
});

/** The one control document of a client. Missing: what the client's definition says. */
export const controlRef = settings.at('control');

import type { Clock } from '#shared/ports/clock.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import type { Database } from './database.ts';
import type { Grouping } from './group-commit.ts';

/** What every delivering port of the embedded platform is built from. */
export interface DeliveringPortOptions {
  readonly database: Database;
  readonly grouping: Grouping;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly deliver: Deliver;
  /** Value of the `authorization` header for a call to this function. */
  readonly bearer: (target: string) => string;
  /** False in a process that adds work and leaves the pumping to another one. */
  readonly isHost: boolean;
  /** How often to look for rows that other processes wrote; undefined when there are none. */
  readonly pollForeignWorkMs?: number | undefined;
}

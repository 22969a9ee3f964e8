import type { Clock } from '#shared/ports/clock.ts';
import type { LogFields, Severity, Telemetry } from '#shared/ports/telemetry.ts';
import { createCounters, type CounterReading } from './counters.ts';

/** Takes one finished line, without its line feed. */
export type WriteLine = (line: string) => void;

export interface LoggerOptions {
  readonly clock: Clock;
  /** @default writes to standard output, where Cloud Logging reads structured lines. */
  readonly write?: WriteLine;
  /** Lines below it are dropped. @default 'info' */
  readonly level?: Severity;
  /** Set on every line. */
  readonly fields?: LogFields;
}

export interface Logger extends Telemetry {
  /** Everything counted so far by this process. */
  snapshot(): readonly CounterReading[];
}

const LEVELS: Readonly<Record<Severity, number>> = Object.freeze({ debug: 0, info: 1, warning: 2, error: 3 });

/** The fields that may be logged, with the type each must have. A record so that none can be forgotten. */
const FIELD_TYPES: Readonly<Record<keyof LogFields, 'string' | 'number'>> = Object.freeze({
  function: 'string',
  system: 'string',
  entityType: 'string',
  nativeId: 'string',
  recordId: 'string',
  runId: 'string',
  step: 'string',
  eventKey: 'string',
  topic: 'string',
  queue: 'string',
  reason: 'string',
  code: 'string',
  rule: 'string',
  status: 'number',
  attempt: 'number',
  count: 'number',
  durationMs: 'number',
  dueAt: 'number',
});

const MAX_TEXT = 200;
const EVENT_NAME = /^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)*$/;

/**
 * Writes one JSON object per line in the shape that Cloud Logging understands, and counts in memory.
 *
 * Types already leave no place for a field value or a payload (M14); a cast or a spread can still carry
 * one in, so unknown fields, wrong types and event names built from data are dropped here again.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { clock, write = writeToStdout, level = 'info', fields: common = {} } = options;
  const counters = createCounters();

  return {
    log(severity, event, fields = {}) {
      if (LEVELS[severity] < LEVELS[level]) return;
      const message = EVENT_NAME.test(event) ? event : 'log.unnamed_event';
      const time = new Date(clock.now()).toISOString();
      write(
        JSON.stringify({
          severity: severity.toUpperCase(),
          time,
          message,
          ...allowed(common),
          ...allowed(fields),
        }),
      );
    },
    count: counters.add,
    snapshot: counters.snapshot,
  };
}

function allowed(fields: LogFields): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields) as readonly (readonly [string, unknown])[]) {
    if (!Object.hasOwn(FIELD_TYPES, name) || typeof value !== FIELD_TYPES[name as keyof LogFields]) continue;
    kept[name] = typeof value === 'string' ? value.slice(0, MAX_TEXT) : (value as number);
  }
  return kept;
}

function writeToStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

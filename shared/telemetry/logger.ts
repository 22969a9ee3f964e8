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

/** Ids, codes and names of ours. No e-mail address, phone number, message, JSON, or URL with a query fits. */
const TOKEN = /^[\w.:/-]{1,200}$/;

/** The fields that may be logged, each with the form of its values. A record so that none can be forgotten. */
const FIELDS: Readonly<Record<keyof LogFields, 'number' | RegExp>> = Object.freeze({
  function: TOKEN,
  system: TOKEN,
  entityType: TOKEN,
  nativeId: TOKEN,
  recordId: TOKEN,
  runId: TOKEN,
  step: TOKEN,
  eventKey: TOKEN,
  correlationId: TOKEN,
  topic: TOKEN,
  queue: TOKEN,
  reason: TOKEN,
  code: TOKEN,
  /** Made of the policy: `customer.email: latest(hubspot, shopify)`. */
  rule: /^[\w.:(), -]{0,200}$/,
  location: TOKEN,
  status: 'number',
  attempt: 'number',
  count: 'number',
  durationMs: 'number',
  dueAt: 'number',
});

/** Stands where a value did not have the form of its field. */
const WITHHELD = 'withheld';
const EVENT_NAME = /^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)*$/;

/**
 * Writes one JSON object per line in the shape that Cloud Logging understands, and counts in memory.
 *
 * Types already leave no place for a field value or a payload (M14); a cast, a spread or the text of an error
 * can still carry one in. So unknown fields are dropped here again, and what does not have the form of an id, a
 * code or a name of ours is withheld, in labels of counters as well.
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
    count: (metric, labels = {}, by = 1) => counters.add(metric, safeLabels(labels), by),
    snapshot: counters.snapshot,
  };
}

function allowed(fields: LogFields): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields) as readonly (readonly [string, unknown])[]) {
    const form = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof LogFields] : undefined;
    if (form === 'number' && typeof value === 'number') kept[name] = value;
    if (form instanceof RegExp && typeof value === 'string') kept[name] = form.test(value) ? value : WITHHELD;
  }
  return kept;
}

function safeLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.values(labels).every((value) => TOKEN.test(value))
    ? labels
    : Object.fromEntries(
        Object.entries(labels).map(([name, value]) => [name, TOKEN.test(value) ? value : WITHHELD]),
      );
}

function writeToStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

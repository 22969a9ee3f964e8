/**
 * What a log line may carry: ids, codes, counts, durations. There is no place for a field value, a
 * payload or a secret, so that none can slip in (M14).
 */
export interface LogFields {
  readonly function?: string;
  readonly system?: string;
  readonly entityType?: string;
  readonly nativeId?: string;
  readonly recordId?: string;
  readonly runId?: string;
  readonly step?: string;
  readonly eventKey?: string;
  readonly topic?: string;
  readonly queue?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly rule?: string;
  /** Shown to the person whose request it was. */
  readonly correlationId?: string;
  /** Line of our code in which something unexpected happened. */
  readonly location?: string;
  readonly status?: number;
  readonly attempt?: number;
  readonly count?: number;
  readonly durationMs?: number;
  readonly dueAt?: number;
}

export type Severity = 'debug' | 'info' | 'warning' | 'error';

export interface Telemetry {
  /** `event` is a fixed name such as `pass.served`, never text built from data. */
  log(severity: Severity, event: string, fields?: LogFields): void;
  /** Adds to a counter. Label values come from closed lists. */
  count(metric: string, labels?: Readonly<Record<string, string>>, by?: number): void;
}

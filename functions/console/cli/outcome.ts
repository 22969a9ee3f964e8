/** What a process ends with: 0 done, 1 refused or failed, 2 not understood. */
export type ExitCode = 0 | 1 | 2;

/** A refusal of the console, or why it could not be asked. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  /** A whole sentence that says what to do. */
  readonly detail: string;
  /** What is wrong, by member of the request. */
  readonly fields: Readonly<Record<string, string>>;
  /** Leads to the log of the console; null when it was never reached. */
  readonly correlationId: string | null;
  /** Seconds after which the same call may succeed; null when that is not known. */
  readonly retryAfter: number | null;
  /** The whole answer, for machines. */
  readonly body: unknown;
}

/** The command was carried out. */
export interface Told {
  readonly kind: 'told';
  /** For machines. */
  readonly json: unknown;
  /** For people. */
  readonly lines: readonly string[];
  /** Whether what was asked for came about. @default true */
  readonly isGood?: boolean;
}

export interface Refused {
  readonly kind: 'refused';
  readonly problem: Problem;
}

/** The command line says something that cannot be meant. */
export interface Misused {
  readonly kind: 'misused';
  readonly message: string;
}

export type Outcome = Told | Refused | Misused;

export function told(json: unknown, lines: readonly string[], isGood = true): Told {
  return { kind: 'told', json, lines, isGood };
}

export function misused(message: string): Misused {
  return { kind: 'misused', message };
}

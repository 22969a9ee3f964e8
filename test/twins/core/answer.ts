import type { WriteOutcome } from './write-log.ts';

/** What a vendor answers, before latency and faults. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The answer says "too many requests", whatever its status. */
  readonly rateLimited?: boolean;
  /** What became of each write of the request, in the order of its drafts; left out: none was accepted. */
  readonly outcomes?: readonly WriteOutcome[];
}

/** A JSON answer. */
export function jsonAnswer(
  status: number,
  content: unknown,
  extra: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly outcomes?: readonly WriteOutcome[];
  } = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', ...extra.headers },
    body: content === undefined ? '' : JSON.stringify(content),
    ...(extra.outcomes === undefined ? {} : { outcomes: extra.outcomes }),
  };
}

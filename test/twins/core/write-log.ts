import type { JsonValue } from '#shared/model/json.ts';
import { toInstant } from '#shared/model/instant.ts';

/** One API write, as `GET /_twin/writes` shows it. */
export interface LoggedWrite {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  /** The path without its query; for GraphQL the name of the mutation. */
  readonly path: string;
  readonly type: string;
  /** Native id; of a create the one that was given out. Null when it was refused or names no record. */
  readonly id: string | null;
  readonly fields: JsonValue;
  readonly idempotencyKey: string | null;
  /** HTTP status of the answer, whether or not the answer arrived. */
  readonly status: number;
  /** `refused`: nothing was stored, also when GraphQL says so with status 200. */
  readonly outcome: 'accepted' | 'refused';
}

export type WriteDraft = Omit<LoggedWrite, 'seq' | 'at' | 'status' | 'outcome'>;

/** What became of one draft. */
export interface WriteOutcome {
  readonly id: string | null;
  readonly accepted: boolean;
}

/** Every API write that a vendor received, in order; acts of the control side are not in it. */
export interface WriteLog {
  add(atMs: number, draft: WriteDraft, status: number, outcome: WriteOutcome): void;
  since(seq: number): readonly LoggedWrite[];
  clear(): void;
}

/** Creates an empty log. */
export function createWriteLog(): WriteLog {
  let writes: LoggedWrite[] = [];
  return {
    add(atMs, draft, status, { id, accepted }) {
      writes.push({
        seq: writes.length + 1,
        at: toInstant(atMs),
        ...draft,
        id,
        status,
        outcome: accepted ? 'accepted' : 'refused',
      });
    },
    since: (seq) => writes.slice(Math.max(0, seq)),
    clear() {
      writes = [];
    },
  };
}

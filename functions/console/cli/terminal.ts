import type { Http } from '#shared/ports/http.ts';
import type { Ids } from '#shared/ports/ids.ts';

/** What the commands have around them. Nothing of it knows the mesh: all they do goes through the console's API. */
export interface Terminal {
  /** Base of the console's addresses when no `--url` says otherwise, without a trailing slash. */
  readonly url: string;
  readonly http: Http;
  readonly ids: Pick<Ids, 'ulid'>;
  /** Aborted when the person asks to stop. */
  readonly stopped: AbortSignal;
  /** Waits so many milliseconds, or until the person asks to stop. */
  wait(ms: number): Promise<void>;
  /** The text of a file that the person names; null when it cannot be read. */
  readText(path: string): Promise<string | null>;
  /** A line of what was asked for. */
  out(line: string): void;
  /** A line about how it goes: progress, and what went wrong. */
  err(line: string): void;
}

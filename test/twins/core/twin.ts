import type { Clock } from '#shared/ports/clock.ts';
import type { HttpRequest, HttpResponse } from '#shared/ports/http.ts';
import type { PumpReport } from '#shared/ports/pump.ts';

/** One request as it reaches a vendor: `path` starts with a slash and includes the query. */
export interface TwinRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A twin's answer, and what the network does to it. */
export interface TwinResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds that pass before the answer is there, or before the connection breaks when it is dropped. */
  readonly delayMs: number;
  /**
   * The answer never arrives. `before_effect`: the vendor never saw the request. `after_effect`: it did, and
   * did what was asked.
   */
  readonly drop?: 'before_effect' | 'after_effect';
}

/** Where a twin sends its webhooks, and how. */
export interface WebhookTarget {
  /** The URL as configured at the vendor; HubSpot signs over it. */
  readonly url: string;
  readonly secret: string;
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  /** Deliveries in flight at once. @default 1 */
  readonly concurrency?: number;
}

/** Runs before an API request is served, so that a test can act between two calls. Not for the control side. */
export type BeforeHandle = (request: TwinRequest) => Promise<void> | void;

/** What every twin is built from. */
export interface TwinOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1); seeded, so that a run repeats. */
  readonly random: () => number;
  /** Null: nothing is sent. */
  readonly webhook: WebhookTarget | null;
  /** Milliseconds that every answer takes: a fixed number, or lowest and highest. @default 0 */
  readonly latencyMs?: number | readonly [number, number];
  /** Milliseconds between a change and its webhook being due. @default 0 */
  readonly webhookDelayMs?: number;
  /** Milliseconds by which lists and searches lag behind. The fault `search-lag` overrides it. @default 0 */
  readonly searchLagMs?: number;
  /**
   * Milliseconds until each retry of a webhook that did not arrive; after the last one the twin gives up.
   * @default the vendor's own schedule, which takes hours
   */
  readonly retryScheduleMs?: readonly number[];
  readonly beforeHandle?: BeforeHandle;
}

/** A strict local stand-in for one vendor. It opens no socket and owns no timer. */
export interface Twin {
  readonly name: string;
  /** Answers an API request, or one of the control side (paths below `/_twin/`). */
  handle(request: TwinRequest): Promise<TwinResponse>;
  /** Sends the webhooks that are due at `now`, retries included, and lands effects that a fault put off. */
  runOnce(now: number): Promise<PumpReport>;
  /** Replaces the hook that runs before each API request; null removes it. */
  gate(hook: BeforeHandle | null): void;
}

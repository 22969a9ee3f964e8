import type { Ports } from '#shared/ports/ports.ts';
import type { CallerGuard } from './caller-guard.ts';
import type { FunctionContext } from './context.ts';
import type { Entry } from './entry.ts';

/** Whether one pump of the embedded platform does its turns. */
export interface PumpHealth {
  readonly name: string;
  readonly alive: boolean;
  /** Epoch milliseconds of the last finished turn, null before the first. */
  readonly lastTurnAt: number | null;
  /** Deliveries that wait or are under way. */
  readonly undelivered: number;
}

/** What a function gets from whoever runs it: the cloud, the local host, a test. */
export interface FunctionHost {
  readonly functionName: string;
  readonly ports: Ports;
  /** Lets in the callers that the function's manifest names. */
  readonly guard: CallerGuard;
  /** Base of the public URLs, without a trailing slash: vendors sign over it. */
  readonly publicUrl: string;
  /** Client, connectors and limits. Loaded on demand: functions on the public edge start without them. */
  readonly loadContext: () => Promise<FunctionContext>;
  /** Pumps of the embedded platform; empty in the cloud, where the platform's own do the work. */
  readonly pumps: () => readonly PumpHealth[];
}

/** Binds a function's handler to its entries. The one thing that every `functions/<name>/entry.ts` exports. */
export type BindFunction = (host: FunctionHost) => Promise<Entry>;

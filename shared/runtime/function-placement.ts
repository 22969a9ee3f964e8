import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deliver } from '#shared/ports/delivery.ts';

/** Where the local host's functions run: in its own process, or each in processes of its own. */
export interface FunctionPlacement {
  /** Reaches functions with internal deliveries. */
  readonly deliver: Deliver;
  /** Hands a public request to a function. Its `url` is already below the function. */
  serve(functionName: string, request: IncomingMessage, response: ServerResponse): void;
  /** Whether every function can be reached. */
  isReady(): boolean;
  close(): Promise<void>;
}

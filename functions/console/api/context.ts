import type { Operator } from '#shared/ports/operators.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { FunctionContext } from '#shared/runtime/context.ts';
import type { PumpHealth } from '#shared/runtime/function-host.ts';

/** What the API is built from. No writing client is in reach: what changes a vendor becomes a plan or a debt. */
export interface ApiContext {
  readonly ports: Pick<Ports, 'store' | 'tasks' | 'clock' | 'ids' | 'telemetry'>;
  /** Client and connectors, once for all requests; health is told without them. */
  readonly load: () => Promise<Pick<FunctionContext, 'client' | 'connectors' | 'release'>>;
  readonly pumps: () => readonly PumpHealth[];
}

/** Who reads, and what for. Built by the router once the role has been checked. */
export interface ReadCall<Params, Query> {
  readonly operator: Operator;
  readonly params: Params;
  readonly query: Query;
}

/** Who writes, and what. Built by the router once role, origin and form have been checked. */
export interface WriteCall<Params, Body> {
  readonly operator: Operator;
  readonly params: Params;
  readonly body: Body;
  /** Names this call; the same for its repetition. Ids of what it creates derive from it (M2). */
  readonly callId: string;
  /** The header `If-Match`; text exactly on routes that ask for it. */
  readonly ifMatch: string;
  /** Address that the request came from; null when the platform does not tell. */
  readonly sourceAddress: string | null;
}

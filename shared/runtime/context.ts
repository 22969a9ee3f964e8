import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { Connector } from '#shared/connectors/connector.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';

/** How long things may take. One place, because M3 relates them: a lease must outlive a call. */
export interface Timing {
  /** Deadline of one vendor call, milliseconds. */
  readonly callTimeoutMs: number;
  /** Life of a record's lease, milliseconds. */
  readonly leaseMs: number;
  /** Largest assumed difference between two instances' clocks, milliseconds. */
  readonly clockSkewMs: number;
}

/** @default callTimeoutMs 10 s, leaseMs 60 s, clockSkewMs 2 s */
export const DEFAULT_TIMING: Timing = Object.freeze({ callTimeoutMs: 10_000, leaseMs: 60_000, clockSkewMs: 2_000 });

/** What the functions that do the work are built from. */
export interface FunctionContext {
  readonly ports: Ports;
  readonly client: ClientDefinition;
  readonly connectors: ReadonlyMap<SystemId, Connector>;
  /** Number of the running release; grows with every deploy (M6). */
  readonly release: number;
  readonly timing: Timing;
}

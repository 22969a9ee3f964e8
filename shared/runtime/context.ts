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

/** What the functions that do the work are built from. */
export interface FunctionContext {
  readonly ports: Ports;
  readonly client: ClientDefinition;
  readonly connectors: ReadonlyMap<SystemId, Connector>;
  /** Number of the running release; grows with every deploy (M6). */
  readonly release: number;
  readonly timing: Timing;
}

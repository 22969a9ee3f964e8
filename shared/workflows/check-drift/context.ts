import type { ConnectorCapabilities } from '#shared/connectors/connector.ts';
import type { CallBudget } from '#shared/model/budget.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { backgroundDraw, type CallDraw } from '../draw-calls.ts';
import { pollStreams, type PollCadence } from '../intake/poll-streams.ts';
import type { SyncContext } from '../sync-record/context.ts';

/** What checking needs: what serving a record needs, and the bus for objects that nobody knows. */
export interface CheckContext extends Omit<SyncContext, 'ports' | 'client'> {
  readonly ports: Pick<Ports, 'store' | 'tasks' | 'clock' | 'ids' | 'telemetry' | 'bus'>;
  readonly client: SyncContext['client'] & {
    readonly systems: readonly SystemId[];
    readonly callBudgets?: Readonly<Record<SystemId, CallBudget>>;
    readonly sweepEveryMs?: number;
    readonly polling?: Readonly<Record<SystemId, PollCadence>>;
  };
}

/** A draw for a check or a sweep. However much is due, each stream that is polled can still ask for a page. */
export function checkDraw(context: CheckContext, capabilities: ConnectorCapabilities): CallDraw {
  const polled = pollStreams(context).filter(({ system }) => system === capabilities.system);
  return backgroundDraw(context, capabilities, polled.length);
}

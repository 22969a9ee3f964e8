import type { ConnectorCapabilities } from '#shared/connectors/connector.ts';
import type { CallBudget } from '#shared/model/budget.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { CallDraw } from '../draw-calls.ts';
import type { SyncContext } from '../sync-record/context.ts';

/** What checking needs: what serving a record needs, and the bus for objects that nobody knows. */
export interface CheckContext extends Omit<SyncContext, 'ports' | 'client'> {
  readonly ports: Pick<Ports, 'store' | 'tasks' | 'clock' | 'ids' | 'telemetry' | 'bus'>;
  readonly client: SyncContext['client'] & {
    readonly systems: readonly SystemId[];
    readonly callBudgets?: Readonly<Record<SystemId, CallBudget>>;
    readonly sweepEveryMs?: number;
  };
}

/** The background lane's draw from a system's budget in the present minute. */
export function backgroundDraw(context: CheckContext, capabilities: ConnectorCapabilities): CallDraw {
  const { system, backgroundCallsPerMinute } = capabilities;
  const declared = context.client.callBudgets?.[system];
  return {
    system,
    lane: 'background',
    budget: declared ?? { operator: 0, live: 0, background: backgroundCallsPerMinute },
    now: context.ports.clock.now(),
  };
}

/**
 * What operators have switched: read before anything is decided that would be written, and again with every run
 * before it calls a vendor, so that a switch counts within one step.
 */
import { modeFor } from '#shared/authority/modes.ts';
import { unitOf } from '#shared/authority/rules.ts';
import type { EntityPolicy, LifecycleState } from '#shared/authority/policy.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { parseInstant, toEpochMs } from '#shared/model/instant.ts';
import type { ControlSettings, Modes } from '#shared/model/settings.ts';
import type { Operation, OperationField } from '#shared/reconciliation/operation.ts';
import type { Halt } from '../apply-request.ts';
import type { SyncContext } from './context.ts';

/** What holds at one moment. */
export interface Control {
  readonly modes: Modes;
  /** Systems to which nothing is written for the time being. */
  readonly paused: readonly SystemId[];
  /** Keys of the mass guards that stop what they count. */
  readonly closedGuards: readonly string[];
}

/** What holds at `now`, by the stored settings, else by the client's definition. */
export function controlAt(
  context: Pick<SyncContext, 'client'>,
  stored: ControlSettings | undefined,
  now: number,
): Control {
  const { initialMode } = context.client;
  const modes = stored?.modes ?? {
    client: { mode: initialMode, since: null },
    systems: {},
    dimensions: {},
  };
  const paused = Object.entries(stored?.pauses ?? {}).filter(
    ([, { until }]) => until === null || toEpochMs(parseInstant(until) ?? until) > now,
  );
  const closed = Object.entries(stored?.guards ?? {}).filter(([, until]) => toEpochMs(until) > now);
  return {
    modes,
    paused: paused.map(([system]) => system as SystemId),
    closedGuards: closed.map(([key]) => key),
  };
}

/**
 * Whether an operation may be sent. In `observe` nothing leaves; in `ask` only what an operator has decided.
 *
 * @param isDecided whether an operator's plan asks for it.
 */
export function haltOf(
  control: Control,
  policy: EntityPolicy,
  lifecycle: LifecycleState,
  { system, type, action, fields }: Operation,
  isDecided: boolean,
): Halt | null {
  const dimensions = fields.flatMap(({ path }) =>
    (unitOf(policy, lifecycle, path)?.fields ?? []).map(({ dimension }) => dimension),
  );
  const concerned = action === 'update' ? dimensions : [...dimensions, policy.presenceDimension];
  const modes = [...new Set(concerned)].map(
    (dimension) => modeFor(control.modes, type, dimension, system).mode,
  );
  const isForbidden = modes.some((mode) => mode === 'observe' || (mode === 'ask' && !isDecided));
  if (isForbidden) return 'mode_forbids';
  if (!isDecided && fields.some((field) => isStopped(control, field))) return 'mass_guard';
  return control.paused.includes(system) ? 'system_paused' : null;
}

/** What was counted by a guard that has closed since stops, unless somebody has approved it. */
function isStopped({ closedGuards }: Control, { guard, approvedBy }: OperationField): boolean {
  return guard !== undefined && approvedBy === undefined && closedGuards.includes(guard);
}

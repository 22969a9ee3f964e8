import { isAfterSwitch, modeFor, ALWAYS_AUTO } from '#shared/authority/modes.ts';
import type { Unit } from '#shared/authority/rules.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { ModeSetting } from '#shared/model/settings.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import type { Sign } from './evidence.ts';
import type { CompareInput, Stand } from './stand.ts';
import { sameUnit, unitValues } from './unit-values.ts';

/** What a mode is looked up by. */
type ModeInput = Pick<CompareInput, 'modes' | 'policy'>;

/** Why a difference does not flow by itself although policy would settle it. */
export type Waiting = Extract<CauseCode, 'observe_mode' | 'ask_mode' | 'rule_asks' | 'before_switch'>;

/** The mode that holds for a unit in a system. */
function modeOf(input: ModeInput, unit: Unit, system: SystemId): ModeSetting {
  const [{ dimension }] = unit.fields;
  return modeFor(input.modes ?? ALWAYS_AUTO, input.policy.type, dimension, system);
}

/** Why nothing of the unit is accepted from, or written to, the system by itself; null when it may be. */
export function waitingFor(input: ModeInput, unit: Unit, system: SystemId): Waiting | null {
  const { mode } = modeOf(input, unit, system);
  if (mode === 'observe') return CauseCode.observeMode;
  if (mode === 'ask') return CauseCode.askMode;
  return unit.apply === 'ask' ? CauseCode.ruleAsks : null;
}

/** Why a system is not given the record by itself, known since the time given; null when it is. */
export function waitingCreate(
  { modes, policy }: ModeInput,
  system: SystemId,
  knownSince: Instant | null,
): Waiting | null {
  const setting = modeFor(modes ?? ALWAYS_AUTO, policy.type, policy.presenceDimension, system);
  if (setting.mode === 'observe') return CauseCode.observeMode;
  if (setting.mode === 'ask') return CauseCode.askMode;
  return isAfterSwitch(setting, knownSince) ? null : CauseCode.beforeSwitch;
}

const WAITED: readonly CauseCode[] = [CauseCode.observeMode, CauseCode.askMode, CauseCode.beforeSwitch];

/**
 * Whether a system says what it said already while somebody had to be asked first, as far as anybody tells: what came
 * to be known since speaks of the record as a whole, and so perhaps of other fields.
 */
export function isOldNews(
  { before, policy }: Pick<CompareInput, 'before' | 'policy'>,
  unit: Unit,
  { system, current, sign }: Pick<Stand, 'system' | 'current' | 'sign'>,
): boolean {
  const said = before?.representations[system]?.fields;
  const [{ dimension, path }] = unit.fields;
  const cause = before?.verdicts[dimension]?.fields[path]?.cause;
  if (said === undefined || cause === undefined || !WAITED.includes(cause)) return false;
  return sameUnit(policy, unit, unitValues(policy, unit, said), current) && !isSpecific(unit, sign);
}

/** Whether one event speaks of the very fields of the unit. Of several folded into one nobody knows which did, and when. */
function isSpecific(unit: Unit, sign: Sign | undefined): boolean {
  if (sign === undefined || sign.eventKey === null) return false;
  return sign.source === 'created' || unit.fields.some(({ path }) => sign.paths?.includes(path) === true);
}

/**
 * Why a move is not accepted by itself; null when it is. After a switch to `auto` only evidence later than it counts,
 * and where nothing was ever accepted it must speak of these very fields, as it must of what had been waiting: what
 * stood there before the switch is released by a plan, not by the next edit of something else.
 */
export function waitingMove(
  input: ModeInput,
  unit: Unit,
  mover: {
    readonly system: SystemId;
    readonly sign: Sign | undefined;
    readonly base: unknown;
    readonly isOld: boolean;
  },
): Waiting | null {
  const waiting = waitingFor(input, unit, mover.system);
  if (waiting !== null) return waiting;
  const setting = modeOf(input, unit, mover.system);
  if (setting.since === null) return null;
  const { sign } = mover;
  if (!isAfterSwitch(setting, sign?.at ?? null)) return CauseCode.beforeSwitch;
  if (mover.isOld) return CauseCode.beforeSwitch;
  return mover.base === undefined && !isSpecific(unit, sign) ? CauseCode.beforeSwitch : null;
}

/** Why golden, held since the time given, is not written to a system by itself; null when it is. */
export function waitingWrite(
  input: ModeInput,
  unit: Unit,
  system: SystemId,
  heldSince: Instant | null,
): Waiting | null {
  const waiting = waitingFor(input, unit, system);
  if (waiting !== null) return waiting;
  return isAfterSwitch(modeOf(input, unit, system), heldSince) ? null : CauseCode.beforeSwitch;
}

/**
 * Whose word about a unit becomes golden: of those who stand there, with what each said last. Pure (M13). It says
 * nothing about what is then written, nor about whether anybody has to be asked first.
 */
import { authoritiesOf } from '#shared/authority/rules.ts';
import type { Unit } from '#shared/authority/rules.ts';
import type { FieldValues } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import { baseWasGolden, isGolden, mayBeFilled, type CompareInput, type Stand } from './stand.ts';
import { isAbsent, isCleared, sameUnit } from './unit-values.ts';

export type Choice =
  | { readonly kind: 'accept'; readonly mover: Stand }
  | { readonly kind: 'hold' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unexplained'; readonly mover: Stand; readonly systems: readonly SystemId[] }
  | { readonly kind: 'conflict'; readonly cause: CauseCode; readonly systems: readonly SystemId[] };

/** What follows from how the systems stand, given what golden holds. */
export function choose(input: CompareInput, unit: Unit, stands: readonly Stand[], held: FieldValues): Choice {
  return isAbsent(unit, held) ? chooseFirst(input, unit, stands) : chooseMove(input, unit, stands, held);
}

/** The systems of some stands. */
export function systemsOf(stands: readonly Stand[]): readonly SystemId[] {
  return stands.map((stand) => stand.system);
}

/**
 * Golden is absent: the owner's word, else the one value that somebody has (C2, C4). Who only stands in for an
 * owner that is not linked speaks by values: its emptiness must not outweigh what the owner turns out to say.
 */
function chooseFirst(input: CompareInput, unit: Unit, stands: readonly Stand[]): Choice {
  const owners = unit.rule?.kind === 'owner' ? authoritiesOf(unit.rule) : [];
  const owner = stands.find((stand) => owners.includes(stand.system));
  const speakers = stands.filter((stand) => !isCleared(unit, stand.current) || stand === owner);
  const first = owner ?? speakers[0];
  if (first === undefined) return { kind: 'nothing' };
  const systems = systemsOf(speakers);
  // Where the owner stands, a mirror that we know already is no stranger whose word must fit (C6).
  const contenders = speakers.filter(
    (stand) => owner === undefined || stand === owner || stand.base === undefined,
  );
  if (contenders.some((stand) => !sameUnit(input.policy, unit, stand.current, first.current))) {
    const cause = speakers.every((stand) => stand.moved) ? CauseCode.bothMoved : CauseCode.firstLinkDiffers;
    return { kind: 'conflict', cause, systems };
  }
  const silent = stands.filter(
    (stand) => stand.isAuthority && stand.base !== undefined && !speakers.includes(stand),
  );
  if (unit.rule?.kind === 'agree' && speakers.every((stand) => stand.moved) && silent.length > 0) {
    return { kind: 'conflict', cause: CauseCode.agreementBroken, systems };
  }
  const movers = owner === undefined ? speakers : [owner];
  const mover = movers.find((stand) => !stand.moved || stand.sign !== undefined);
  if (mover !== undefined) return { kind: 'accept', mover };
  return { kind: 'unexplained', mover: movers[0] ?? first, systems };
}

/** Golden holds a value: may a move replace it, and does everybody newly linked agree with the outcome? */
function chooseMove(input: CompareInput, unit: Unit, stands: readonly Stand[], held: FieldValues): Choice {
  const choice = unanimousWord(input, unit, stands, held) ?? chooseMover(input, unit, stands, held);
  const value = choice.kind === 'accept' ? choice.mover.current : held;
  const strangers = stands.filter(
    (stand) => stand.base === undefined && !isGolden(input, unit, stand, value) && !mayBeFilled(unit, stand),
  );
  if (strangers.length === 0) return choice;
  return { kind: 'conflict', cause: CauseCode.firstLinkDiffers, systems: systemsOf(strangers) }; // C4
}

/**
 * All systems say the same, and it is not what we hold: nothing is left to decide and nothing to write. A system
 * that is owed another look may not have said it at the same moment as the others.
 */
function unanimousWord(
  input: CompareInput,
  unit: Unit,
  stands: readonly Stand[],
  held: FieldValues,
): Choice | undefined {
  const [first] = stands;
  if (first === undefined || stands.length < 2 || isGolden(input, unit, first, held)) return undefined;
  if (stands.some(({ system }) => input.owed?.includes(system))) return undefined;
  if (!stands.every((stand) => sameUnit(input.policy, unit, stand.current, first.current))) return undefined;
  return { kind: 'accept', mover: stands.find((stand) => stand.sign !== undefined) ?? first };
}

/** Which authority moved away from its base, and may its word become golden? */
function chooseMover(input: CompareInput, unit: Unit, stands: readonly Stand[], held: FieldValues): Choice {
  const authorities = stands.filter((stand) => stand.isAuthority);
  const movers = authorities.filter((stand) => stand.moved && !isGolden(input, unit, stand, held));
  const [first] = movers;
  if (first === undefined) return { kind: 'hold' };
  const systems = systemsOf(movers);
  const saysTheSame = (stand: Stand) => sameUnit(input.policy, unit, stand.current, first.current);
  if (!movers.every(saysTheSame)) return { kind: 'conflict', cause: CauseCode.bothMoved, systems };
  const isUnanimous = authorities.length > 1 && authorities.every(saysTheSame);
  if (unit.rule?.kind === 'agree' && !isUnanimous && authorities.length > 1) {
    return { kind: 'conflict', cause: CauseCode.agreementBroken, systems };
  }
  const wereBehind = movers.some((stand) => !baseWasGolden(input, unit, stand, held));
  if (wereBehind && !isUnanimous) return { kind: 'conflict', cause: CauseCode.movedWhileBehind, systems };
  const mover = movers.find((stand) => stand.sign !== undefined);
  return mover === undefined ? { kind: 'unexplained', mover: first, systems } : { kind: 'accept', mover };
}

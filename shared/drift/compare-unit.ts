/**
 * Compares one unit: a field, or a group of fields that are judged as one value. Pure (M13). The rules C1 to C10 stand
 * in `compare.ts`.
 */
import { derive } from '#shared/authority/derivations.ts';
import { equalUnder } from '#shared/authority/equality.ts';
import { isOurs, type Unit } from '#shared/authority/rules.ts';
import { ABSENT, fieldOf, type FieldValues } from '#shared/model/field-value.ts';
import { CONCORD, type FieldPath, type SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { GoldenValue } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import { isTakenKey, withHold, withSwallowed, withTolerated } from './adjust-outcome.ts';
import { choose, systemsOf } from './choose.ts';
import type { Sign } from './evidence.ts';
import { isOldNews, waitingFor, waitingMove, waitingWrite, type Waiting } from './permission.ts';
import {
  areAuthoritiesAway,
  basesOfStand,
  isGolden,
  standsOf,
  systemsInFlight,
  unreadAuthorities,
  withoutTolerated,
  type CompareInput,
  type Stand,
} from './stand.ts';
import { judged, type AcceptedMove, type UnitOutcome } from './unit-outcome.ts';
import { canonicalUnit, isAbsent, mapUnit, sameUnit } from './unit-values.ts';

/** Golden so far, units compared before included. */
export type GoldenSoFar = Readonly<Record<FieldPath, GoldenValue>>;

/** What one comparison is about: a unit, who stands there, and what holds true of it so far. */
interface Matter {
  readonly input: CompareInput;
  readonly unit: Unit;
  readonly stands: readonly Stand[];
  readonly held: FieldValues;
  readonly golden: GoldenSoFar;
}

/** Compares a unit with what holds true, which units compared before it may have changed (C10). */
export function compareUnit(input: CompareInput, unit: Unit, golden: GoldenSoFar): UnitOutcome {
  const { rule } = unit;
  if (rule === null) return judged(unit, Verdict.undetermined, CauseCode.ruleMissing);
  if (rule.kind === 'ignored') return judged(unit, Verdict.excluded, CauseCode.ignoredByPolicy);
  const busy = systemsInFlight(input.record, unit);
  if (busy.length > 0) return judged(unit, Verdict.softDrift, CauseCode.inFlight, busy); // C3
  const all = standsOf(input, unit);
  const held = mapUnit(unit, (path) => golden[path]?.value);
  const matter: Matter = { input, unit, stands: all, held, golden };
  if (isOurs(rule)) return compareOurs(matter);
  if (all.length === 0) return judged(unit, Verdict.unchecked, CauseCode.neverCompared);
  const unread = unreadAuthorities(input.record, unit);
  if (unread.length > 0) return judged(unit, Verdict.undetermined, CauseCode.unreadable, unread); // C7
  const { counted, tolerated, until } = withoutTolerated(input, unit, all, held); // C9
  const outcome = counted.length === 0 ? empty(unit) : compareStands({ ...matter, stands: counted });
  // What was accepted as different from a value that holds no more was never about the new one.
  const isVoid = tolerated.length > 0 && outcome.accepted.length > 0;
  if (isVoid) return withHold(input, unit, compareStands(matter));
  return withTolerated(unit, tolerated, until, withHold(input, unit, outcome));
}

function compareStands(matter: Matter): UnitOutcome {
  const { input, unit, stands } = matter;
  const unowned = areAuthoritiesAway(input.record, unit) ? compareUnowned(matter) : undefined;
  const outcome = unowned ?? chosen(matter);
  return withSwallowed(input, unit, stands, outcome);
}

function chosen(matter: Matter): UnitOutcome {
  const { input, unit, stands, held, golden } = matter;
  const choice = choose(input, unit, stands, held);
  switch (choice.kind) {
    case 'conflict':
      return judged(unit, Verdict.hardConflict, choice.cause, choice.systems);
    case 'unexplained':
      if (isTrusted(input, unit)) return accepting(matter, choice.mover);
      return unexplained(input, unit, choice.systems);
    case 'nothing': {
      // Nobody has said anything yet: being empty everywhere is agreement.
      const bases = stands.flatMap((stand) => basesIfFree(input, unit, stand));
      return { ...judged(unit, Verdict.inSync, CauseCode.equal), bases };
    }
    case 'hold':
      return againstGolden(matter, held, heldSince(golden, unit));
    case 'accept':
      return accepting(matter, choice.mover);
  }
}

/** Accepts a move, unless somebody has to be asked first (C8). */
function accepting(matter: Matter, mover: Stand): UnitOutcome {
  const { input, unit, held } = matter;
  const after = canonicalUnit(input.policy, unit, mover.current);
  const { system, sign = null } = mover;
  if (isTakenKey(input, unit, after)) return judged(unit, Verdict.hardConflict, CauseCode.keyTaken, [system]);
  const asked = askedFirst(
    matter,
    after,
    waitingMove(input, unit, { ...mover, isOld: isOldNews(input, unit, mover) }),
  );
  if (asked !== null) return asked;
  if (isAlternating(matter, after)) {
    return { ...judged(unit, Verdict.hardConflict, CauseCode.alternates, [system]), liftsHold: false };
  }
  const since = sign?.at ?? input.at;
  const outcome = againstGolden(matter, after, since);
  return { ...outcome, accepted: movesOf(unit, system, held, after, sign), liftsHold: sign !== null };
}

/** How it stands while somebody has to be asked first; null where nobody need be, for nothing would be written. */
function askedFirst(
  { input, unit, stands, held }: Matter,
  after: FieldValues,
  waiting: Waiting | null,
): UnitOutcome | null {
  if (waiting === null) return null;
  const different = stands.filter((stand) => !isGolden(input, unit, stand, after));
  if (different.length === 0 && waiting === CauseCode.beforeSwitch) return null;
  // Everybody says the same, and nothing of it would be written: green, though not accepted where somebody is asked.
  if (different.length === 0 && stands.length > 0 && isAbsent(unit, held))
    return judged(unit, Verdict.inSync, CauseCode.equal);
  const systems = systemsOf(different.length === 0 ? stands : different);
  return judged(unit, Verdict.softDrift, waiting, systems);
}

/** What is ours holds true as soon as it is set; every system mirrors it. */
function compareOurs(matter: Matter): UnitOutcome {
  const { input, unit, stands, golden } = matter;
  const own = ownWord(input, unit, golden);
  if (own === undefined) return judged(unit, Verdict.excluded, CauseCode.notSet);
  const { counted, tolerated, until } = withoutTolerated(input, unit, stands, own.values);
  const sign: Sign = { source: 'operator', at: own.at, paths: null, eventKey: null, isEcho: false };
  const isNews = !sameUnit(input.policy, unit, own.values, matter.held);
  const waiting = isNews
    ? waitingMove(input, unit, { system: CONCORD, sign, base: matter.held, isOld: false })
    : null;
  const asked = askedFirst({ ...matter, stands: counted }, own.values, waiting);
  if (asked !== null) return asked;
  const outcome = againstGolden({ ...matter, stands: counted }, own.values, own.at);
  const accepted = isNews ? movesOf(unit, CONCORD, matter.held, own.values, sign) : [];
  const held = withHold(input, unit, { ...outcome, accepted, liftsHold: isNews });
  return withTolerated(unit, tolerated, until, held);
}

/** What we say ourselves, and since when; undefined while we say nothing. */
function ownWord(
  input: CompareInput,
  unit: Unit,
  golden: GoldenSoFar,
): { readonly values: FieldValues; readonly at: Instant } | undefined {
  const { rule } = unit;
  if (rule?.kind === 'derived') {
    const value = derive(rule.from, (path) => golden[path]?.value ?? ABSENT);
    // As old as what says so: that it was accepted later releases nothing (C8).
    const at = sinceOf(golden, rule.from.inputs) ?? input.at;
    return value.state === 'absent' ? undefined : { values: mapUnit(unit, () => value), at };
  }
  const own = unit.fields.map(({ path }) => input.ownValues?.[path]);
  const times = own.flatMap((one) => one?.at ?? []);
  const at = times.toSorted().at(-1);
  if (at === undefined) return undefined;
  return { values: mapUnit(unit, (_, index) => own[index]?.value), at };
}

/** Whoever could settle a difference is gone: it is shown, and nothing follows from it. Undefined without one. */
function compareUnowned({ input, unit, stands, held }: Matter): UnitOutcome | undefined {
  const different = stands.filter((stand) => !isGolden(input, unit, stand, held));
  if (different.length === 0) return undefined;
  return judged(unit, Verdict.undetermined, CauseCode.gone, systemsOf(different));
}

/** Everybody against the value that now holds: equal systems get a base, the others a difference. */
function againstGolden(
  { input, unit, stands, held }: Matter,
  value: FieldValues,
  since: Instant | null,
): UnitOutcome {
  const different = stands.filter((stand) => !isGolden(input, unit, stand, value));
  // Who says what was held until now has not moved from it, whatever it had said before.
  const caughtUp = different.filter((stand) => isGolden(input, unit, stand, held));
  const moved = different.filter((stand) => stand.moved && !caughtUp.includes(stand));
  // A system's move away from its base is kept as such until it is overwritten. An empty field that is filled has
  // empty as its base: a later change there is a move.
  const bases = stands
    .filter((stand) => !moved.includes(stand))
    .flatMap((stand) => basesIfFree(input, unit, stand));
  const differences = different.flatMap((stand) =>
    unit.fields.map((field) => ({
      system: stand.system,
      field,
      unit,
      from: fieldOf(stand.current, field.path),
      to: fieldOf(value, field.path),
      isExplained: !moved.includes(stand) || stand.sign !== undefined || isTrusted(input, unit),
      waiting: waitingDifference(input, unit, stand, moved.includes(stand), since),
    })),
  );
  const unexplainedMoves = moved.filter((stand) => stand.sign === undefined);
  if (unexplainedMoves.length > 0 && !isTrusted(input, unit)) {
    return { ...unexplained(input, unit, systemsOf(different)), differences, bases };
  }
  if (different.length === 0) return { ...judged(unit, Verdict.inSync, CauseCode.equal), bases };
  const waiting = differences.find((difference) => difference.waiting !== null)?.waiting;
  const cause = waiting ?? (moved.length === 0 ? CauseCode.behind : CauseCode.mirrorMoved);
  return { ...judged(unit, Verdict.softDrift, cause, systemsOf(different)), differences, bases };
}

/** A mirror that moved after the switch is put right again; one that is behind follows what was said after it. */
function waitingDifference(
  input: CompareInput,
  unit: Unit,
  stand: Stand,
  hasMoved: boolean,
  since: Instant | null,
): Waiting | null {
  const movedAt = isOldNews(input, unit, stand) ? null : (stand.sign?.at ?? since);
  return waitingWrite(input, unit, stand.system, hasMoved ? movedAt : since);
}

/** A base moves only where Concord acts by itself; elsewhere a plan moves it (C8). */
function basesIfFree(input: CompareInput, unit: Unit, stand: Stand): UnitOutcome['bases'] {
  return waitingFor(input, unit, stand.system) === null ? basesOfStand(unit, stand) : [];
}

/** C5: until what explains it may still arrive, a move is waited for, and then said to be unexplained. */
function unexplained(input: CompareInput, unit: Unit, systems: readonly SystemId[]): UnitOutcome {
  const times = unit.fields.flatMap(({ path }) => input.record.unexplainedSince[path] ?? []);
  const since = toEpochMs(times.toSorted()[0] ?? input.at);
  const saidAt = since + (input.settleMs ?? 0);
  const isOver = saidAt <= toEpochMs(input.at);
  const cause = isOver ? CauseCode.moveUnexplained : CauseCode.awaitingEvidence;
  return {
    ...judged(unit, Verdict.softDrift, cause, systems),
    isUnexplained: true,
    recompareAt: isOver ? null : saidAt,
  };
}

function isTrusted({ policy }: CompareInput, unit: Unit): boolean {
  return unit.fields.every(({ dimension }) => policy.trusted?.includes(dimension) === true);
}

/** Since when golden is what it is, by its evidence, else by our clock. Null where it never was anything. */
function heldSince(golden: GoldenSoFar, unit: Unit): Instant | null {
  return sinceOf(
    golden,
    unit.fields.map(({ path }) => path),
  );
}

/** The latest time since which one of the fields holds what it does; null where none ever held anything. */
function sinceOf(golden: GoldenSoFar, paths: readonly FieldPath[]): Instant | null {
  const times = paths.flatMap((path) => {
    const cause = golden[path]?.cause;
    return cause === undefined ? [] : (cause.evidence?.at ?? cause.acceptedAt);
  });
  return times.toSorted().at(-1) ?? null;
}

/** Returns to the value before, one after the other, that open the breaker, and the time within which they count. */
export const ALTERNATIONS = 6;
export const ALTERNATION_WINDOW_MS = 15 * 60_000;

/**
 * M9: a value that keeps going to and fro is a loop that nobody has foreseen, or people at odds. Once open, the breaker
 * stays open for these two values until a plan decides, or somebody says a third.
 */
function isAlternating({ input, unit, golden }: Matter, after: FieldValues): boolean {
  return unit.fields.some((field) => {
    const alternation = golden[field.path]?.alternation;
    if (alternation === undefined || alternation.count < ALTERNATIONS) return false;
    return equalUnder(input.policy, field, alternation.before, fieldOf(after, field.path));
  });
}

function movesOf(
  unit: Unit,
  system: SystemId,
  before: FieldValues,
  after: FieldValues,
  sign: Sign | null,
): readonly AcceptedMove[] {
  return unit.fields.map(({ path }) => ({
    path,
    system,
    before: fieldOf(before, path),
    after: fieldOf(after, path),
    sign,
    rule: unit.name.id,
  }));
}

function empty(unit: Unit): UnitOutcome {
  return judged(unit, Verdict.inSync, CauseCode.equal);
}

/**
 * Compare: what every system says about one record, against what policy holds true and against what each
 * system said last. Pure (M13): no clock, no randomness, no I/O.
 *
 * It decides which moves are accepted, how each field stands, and which systems differ from golden. It does
 * not decide what to write (that is the planner's) and knows nothing of vendors.
 *
 * C1 A system moved when it differs from its own base, never from another system's (M9).
 * C2 `absent` never moves, is never behind and never becomes golden.
 * C3 A field that an open run may write is left alone, in every system.
 * C4 Without a base an equal value sets it; a different one is a conflict unless golden is absent or the
 *    newly linked system is known to be empty there and is not the field's owner: filling an empty field
 *    overwrites nothing, and treating it otherwise would depend on which system was seen first.
 * C5 An accepted move sets golden and the mover's base. It must be explained, unless every system says the same:
 *    then nothing is left to decide and nobody is written to.
 * C6 A mirror's own word never counts, so a mirror that moved is soft drift even where it was behind. An authority
 *    that moves while behind, to anything but golden, is a conflict.
 * C7 An authority that is linked and was never read may say anything: until it was read, nothing is decided.
 */
import { ABSENT, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { FieldVerdict, GoldenValue } from '#shared/model/record.ts';
import type { Base, Bases } from '#shared/model/representation.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import { canonicalForm, equalUnder } from '#shared/authority/equality.ts';
import { authoritiesOf, ruleName, type FieldPolicy } from '#shared/authority/policy.ts';
import type { Sign } from './evidence.ts';
import { comparePresence } from './presence.ts';
import {
  areAuthoritiesAway,
  baseOf,
  baseWasGolden,
  isGolden,
  mayBeFilled,
  standsOf,
  systemsInFlight,
  unreadAuthorities,
  type CompareInput,
  type Stand,
} from './stand.ts';

/** A move that becomes golden. */
export interface AcceptedMove {
  readonly path: FieldPath;
  readonly system: SystemId;
  readonly before: FieldValue;
  readonly after: FieldValue;
  readonly sign: Sign | null;
  readonly rule: string;
}

/** A system that should say something else. Input of the planner. */
export interface Difference {
  readonly system: SystemId;
  readonly field: FieldPolicy;
  readonly from: FieldValue;
  readonly to: FieldValue;
  readonly isExplained: boolean;
}

export interface CompareResult {
  readonly golden: Readonly<Record<FieldPath, GoldenValue>>;
  readonly bases: Readonly<Record<SystemId, Bases>>;
  readonly accepted: readonly AcceptedMove[];
  readonly differences: readonly Difference[];
  readonly verdicts: ReadonlyMap<FieldPath, FieldVerdict>;
}

/** Compares every field of the policy. */
export function compareRecord(input: CompareInput): CompareResult {
  const golden = { ...input.record.golden };
  const bases: Record<SystemId, Record<FieldPath, Base>> = {};
  for (const [system, values] of Object.entries(input.record.bases))
    bases[system as SystemId] = { ...values };
  const accepted: AcceptedMove[] = [];
  const differences: Difference[] = [];
  const verdicts = new Map<FieldPath, FieldVerdict>(comparePresence(input.policy, input.record));

  for (const field of input.policy.fields) {
    const outcome = compareField(input, field);
    verdicts.set(field.path, outcome.verdict);
    differences.push(...outcome.differences);
    for (const [system, base] of outcome.bases) (bases[system] ??= {})[field.path] = base;
    if (outcome.accepted !== null) {
      accepted.push(outcome.accepted);
      golden[field.path] = goldenOf(outcome.accepted, input.at);
    }
  }
  return { golden, bases, accepted, differences, verdicts };
}

interface FieldOutcome {
  readonly verdict: FieldVerdict;
  readonly accepted: AcceptedMove | null;
  readonly differences: readonly Difference[];
  readonly bases: readonly (readonly [SystemId, Base])[];
}

function compareField(input: CompareInput, field: FieldPolicy): FieldOutcome {
  if (field.rule.kind === 'ignored') return judged(input, field, Verdict.excluded, CauseCode.ignoredByPolicy);
  const busy = systemsInFlight(input.record, field.path);
  if (busy.length > 0) return judged(input, field, Verdict.softDrift, CauseCode.inFlight, busy); // C3
  const stands = standsOf(input, field);
  if (stands.length === 0) return judged(input, field, Verdict.unchecked, CauseCode.neverCompared);
  const unread = unreadAuthorities(input.record, field);
  if (unread.length > 0) return judged(input, field, Verdict.undetermined, CauseCode.unreadable, unread); // C7
  const held = input.record.golden[field.path]?.value ?? ABSENT;
  const unowned = areAuthoritiesAway(input.record, field)
    ? compareUnowned(input, field, stands, held)
    : undefined;
  const outcome = unowned ?? compareStands(input, field, stands, held);
  return withSwallowed(input, field, stands, withoutTakenKey(input, field, outcome));
}

function compareStands(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  held: FieldValue,
): FieldOutcome {
  const choice =
    held.state === 'absent' ? chooseFirst(input, field, stands) : chooseMove(input, field, stands, held);
  switch (choice.kind) {
    case 'conflict':
      return judged(input, field, Verdict.hardConflict, choice.cause, choice.systems);
    case 'unexplained':
      return judged(input, field, Verdict.softDrift, CauseCode.moveUnexplained, choice.systems);
    case 'nothing': {
      // Nobody has said anything yet: being empty everywhere is agreement.
      const bases = stands.map((stand) => [stand.system, baseOf(stand)] as const);
      return { ...judged(input, field, Verdict.inSync, CauseCode.equal), bases };
    }
    case 'hold':
      return againstGolden(input, field, stands, held, held);
    case 'accept': {
      const { mover } = choice;
      const after = canonicalForm(input.policy, field, mover.current);
      const outcome = againstGolden(input, field, stands, after, held);
      const { rule } = outcome.verdict;
      const { system, sign = null } = mover;
      return { ...outcome, accepted: { path: field.path, system, before: held, after, sign, rule } };
    }
  }
}

/** Whoever could settle a difference is gone: it is shown, and nothing follows from it. Undefined without one. */
function compareUnowned(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  held: FieldValue,
): FieldOutcome | undefined {
  const different = stands.filter((stand) => !isGolden(input, field, stand, held));
  if (different.length === 0) return undefined;
  return judged(input, field, Verdict.undetermined, CauseCode.gone, systemsOf(different));
}

/** A value whose natural key belongs to another record is not accepted: somebody must decide who is who (M16). */
function withoutTakenKey(input: CompareInput, field: FieldPolicy, outcome: FieldOutcome): FieldOutcome {
  const { accepted } = outcome;
  if (accepted === null) return outcome;
  const isTaken = (input.takenKeys ?? []).some(
    ({ key, value }) => key === field.path && equalUnder(input.policy, field, accepted.after, valueOf(value)),
  );
  return isTaken
    ? judged(input, field, Verdict.hardConflict, CauseCode.keyTaken, [accepted.system])
    : outcome;
}

/** An authority's value that we overwrote unseen is a conflict until the field moves again (M5). */
function withSwallowed(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  outcome: FieldOutcome,
): FieldOutcome {
  if (outcome.accepted !== null || outcome.verdict.verdict === Verdict.hardConflict) return outcome;
  const swallowed = stands.filter(
    ({ system, isAuthority }) => isAuthority && input.record.swallowed[system]?.[field.path] !== undefined,
  );
  if (swallowed.length === 0) return outcome;
  const conflict = judged(input, field, Verdict.hardConflict, CauseCode.swallowedValue, systemsOf(swallowed));
  return { ...conflict, bases: outcome.bases };
}

/** A verdict from which nothing follows. */
function judged(
  { policy }: CompareInput,
  field: FieldPolicy,
  verdict: Verdict,
  cause: CauseCode,
  systems: readonly SystemId[] = [],
): FieldOutcome {
  const rule = ruleName(policy, field).id;
  return { verdict: { verdict, cause, systems, rule }, accepted: null, differences: [], bases: [] };
}

function systemsOf(stands: readonly Stand[]): readonly SystemId[] {
  return stands.map((stand) => stand.system);
}

type Choice =
  | { readonly kind: 'accept'; readonly mover: Stand }
  | { readonly kind: 'hold' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unexplained'; readonly systems: readonly SystemId[] }
  | { readonly kind: 'conflict'; readonly cause: CauseCode; readonly systems: readonly SystemId[] };

/**
 * Golden is absent: the owner's word, else the one value that somebody has (C2, C4). Who only stands in for an
 * owner that is not linked speaks by values: its emptiness must not outweigh what the owner turns out to say.
 */
function chooseFirst(input: CompareInput, field: FieldPolicy, stands: readonly Stand[]): Choice {
  const owners = field.rule.kind === 'owner' ? authoritiesOf(field.rule) : [];
  const owner = stands.find((stand) => owners.includes(stand.system));
  const speakers = stands.filter((stand) => stand.current.state === 'value' || stand === owner);
  const first = owner ?? speakers[0];
  if (first === undefined) return { kind: 'nothing' };
  const systems = systemsOf(speakers);
  // Where the owner stands, a mirror that we know already is no stranger whose word must fit (C6).
  const contenders = speakers.filter(
    (stand) => owner === undefined || stand === owner || stand.base === undefined,
  );
  if (contenders.some((stand) => !equalUnder(input.policy, field, stand.current, first.current))) {
    const cause = speakers.every((stand) => stand.moved) ? CauseCode.bothMoved : CauseCode.firstLinkDiffers;
    return { kind: 'conflict', cause, systems };
  }
  const silent = stands.filter(
    (stand) => stand.isAuthority && stand.base !== undefined && !speakers.includes(stand),
  );
  if (field.rule.kind === 'agree' && speakers.every((stand) => stand.moved) && silent.length > 0) {
    return { kind: 'conflict', cause: CauseCode.agreementBroken, systems };
  }
  const movers = owner === undefined ? speakers : [owner];
  const mover = movers.find((stand) => !stand.moved || stand.sign !== undefined);
  return mover === undefined ? { kind: 'unexplained', systems } : { kind: 'accept', mover };
}

/** Golden holds a value: may a move replace it, and does everybody newly linked agree with the outcome? */
function chooseMove(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  held: FieldValue,
): Choice {
  const choice = unanimousWord(input, field, stands, held) ?? chooseMover(input, field, stands, held);
  const value = choice.kind === 'accept' ? choice.mover.current : held;
  const strangers = stands.filter(
    (stand) =>
      stand.base === undefined && !isGolden(input, field, stand, value) && !mayBeFilled(field, stand),
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
  field: FieldPolicy,
  stands: readonly Stand[],
  held: FieldValue,
): Choice | undefined {
  const [first] = stands;
  if (first === undefined || stands.length < 2 || isGolden(input, field, first, held)) return undefined;
  if (stands.some(({ system }) => input.owed?.includes(system))) return undefined;
  if (!stands.every((stand) => equalUnder(input.policy, field, stand.current, first.current)))
    return undefined;
  return { kind: 'accept', mover: stands.find((stand) => stand.sign !== undefined) ?? first };
}

/** Which authority moved away from its base, and may its word become golden? */
function chooseMover(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  held: FieldValue,
): Choice {
  const authorities = stands.filter((stand) => stand.isAuthority);
  const movers = authorities.filter((stand) => stand.moved && !isGolden(input, field, stand, held));
  const [first] = movers;
  if (first === undefined) return { kind: 'hold' };
  const systems = systemsOf(movers);
  const saysTheSame = (stand: Stand) => equalUnder(input.policy, field, stand.current, first.current);
  if (!movers.every(saysTheSame)) return { kind: 'conflict', cause: CauseCode.bothMoved, systems };
  const isUnanimous = authorities.length > 1 && authorities.every(saysTheSame);
  if (field.rule.kind === 'agree' && !isUnanimous && authorities.length > 1) {
    return { kind: 'conflict', cause: CauseCode.agreementBroken, systems };
  }
  const wereBehind = movers.some((stand) => !baseWasGolden(input, field, stand, held));
  if (wereBehind && !isUnanimous) return { kind: 'conflict', cause: CauseCode.movedWhileBehind, systems };
  const mover = movers.find((stand) => stand.sign !== undefined);
  return mover === undefined ? { kind: 'unexplained', systems } : { kind: 'accept', mover };
}

/** Everybody against the value that now holds: equal systems get a base, the others a difference. */
function againstGolden(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  value: FieldValue,
  held: FieldValue,
): FieldOutcome {
  const different = stands.filter((stand) => !isGolden(input, field, stand, value));
  // Who says what was held until now has not moved from it, whatever it had said before.
  const caughtUp = different.filter((stand) => isGolden(input, field, stand, held));
  const moved = different.filter((stand) => stand.moved && !caughtUp.includes(stand));
  // A system's move away from its base is kept as such until it is overwritten. An empty field that is filled has
  // empty as its base: a later change there is a move.
  const bases = stands
    .filter((stand) => !moved.includes(stand))
    .map((stand) => [stand.system, baseOf(stand)] as const);
  const differences = different.map((stand) => ({
    system: stand.system,
    field,
    from: stand.current,
    to: value,
    isExplained: !moved.includes(stand) || stand.sign !== undefined,
  }));
  const [verdict, cause] = standing(different, moved);
  return { ...judged(input, field, verdict, cause, systemsOf(different)), differences, bases };
}

function standing(different: readonly Stand[], moved: readonly Stand[]): readonly [Verdict, CauseCode] {
  if (different.length === 0) return [Verdict.inSync, CauseCode.equal];
  if (moved.length === 0) return [Verdict.softDrift, CauseCode.behind];
  const isExplained = moved.every((stand) => stand.sign !== undefined);
  return [Verdict.softDrift, isExplained ? CauseCode.mirrorMoved : CauseCode.moveUnexplained];
}

function goldenOf(move: AcceptedMove, at: Instant): GoldenValue {
  const { sign } = move;
  return {
    value: move.after,
    cause: {
      system: move.system,
      evidence:
        sign === null
          ? null
          : { source: sign.source, at: sign.at, fields: sign.paths, eventKey: sign.eventKey },
      rule: move.rule,
      acceptedAt: at,
    },
  };
}

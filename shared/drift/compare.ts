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
 * C5 An accepted move sets golden and the mover's base, and only an explained move is accepted.
 */
import { ABSENT, type FieldValue } from '#shared/model/field-value.ts';
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
  stillAtBase,
  systemsInFlight,
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
  const rule = ruleName(input.policy, field).id;
  const judged = (
    verdict: Verdict,
    cause: CauseCode,
    systems: readonly SystemId[] = [],
    rest: Partial<FieldOutcome> = {},
  ): FieldOutcome => ({
    verdict: { verdict, cause, systems, rule },
    accepted: null,
    differences: [],
    bases: [],
    ...rest,
  });

  if (field.rule.kind === 'ignored') return judged(Verdict.excluded, CauseCode.ignoredByPolicy);
  const busy = systemsInFlight(input.record, field.path);
  if (busy.length > 0) return judged(Verdict.softDrift, CauseCode.inFlight, busy); // C3
  const stands = standsOf(input, field);
  if (stands.length === 0) return judged(Verdict.unchecked, CauseCode.neverCompared);
  const swallowed = stands.filter(
    (stand) => input.record.swallowed[stand.system]?.[field.path] !== undefined,
  );

  const held = input.record.golden[field.path]?.value ?? ABSENT;
  const choice =
    held.state === 'absent' ? chooseFirst(input, field, stands) : chooseMove(input, field, stands, held);
  if (areAuthoritiesAway(input.record, field)) {
    const different = stands.filter((stand) => !isGolden(input, field, stand, held));
    if (different.length > 0) {
      return judged(
        Verdict.undetermined,
        CauseCode.gone,
        different.map((stand) => stand.system),
      );
    }
  }
  switch (choice.kind) {
    case 'conflict':
      return judged(Verdict.hardConflict, choice.cause, choice.systems);
    case 'unexplained':
      if (swallowed.length > 0) {
        const systems = swallowed.map((stand) => stand.system);
        return judged(Verdict.hardConflict, CauseCode.swallowedValue, systems);
      }
      return judged(Verdict.softDrift, CauseCode.moveUnexplained, choice.systems);
    case 'nothing':
      // Nobody has said anything yet: being empty everywhere is agreement.
      return judged(Verdict.inSync, CauseCode.equal, [], {
        bases: stands.map((stand) => [stand.system, baseOf(stand)]),
      });
    case 'hold':
    case 'accept': {
      const value =
        choice.kind === 'accept' ? canonicalForm(input.policy, field, choice.mover.current) : held;
      const settled = settle(input, field, stands, value, held);
      const accepted: AcceptedMove | null =
        choice.kind === 'accept'
          ? {
              path: field.path,
              system: choice.mover.system,
              before: held,
              after: value,
              sign: choice.mover.sign ?? null,
              rule,
            }
          : null;
      if (accepted === null && swallowed.length > 0) {
        const systems = swallowed.map((stand) => stand.system);
        return judged(Verdict.hardConflict, CauseCode.swallowedValue, systems, { bases: settled.rest.bases });
      }
      return judged(settled.verdict, settled.cause, settled.systems, { ...settled.rest, accepted });
    }
  }
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
  const systems = speakers.map((stand) => stand.system);
  if (speakers.some((stand) => !equalUnder(input.policy, field, stand.current, first.current))) {
    const cause = speakers.every((stand) => stand.moved) ? CauseCode.bothMoved : CauseCode.firstLinkDiffers;
    return { kind: 'conflict', cause, systems };
  }
  const silent = stands.filter(
    (stand) => stand.isAuthority && stand.base !== undefined && !speakers.includes(stand),
  );
  if (field.rule.kind === 'agree' && speakers.every((stand) => stand.moved) && silent.length > 0) {
    return { kind: 'conflict', cause: CauseCode.agreementBroken, systems };
  }
  const mover = speakers.find((stand) => !stand.moved || stand.sign !== undefined);
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
  const systems = strangers.map((stand) => stand.system);
  return { kind: 'conflict', cause: CauseCode.firstLinkDiffers, systems }; // C4
}

/** All systems say the same, and it is not what we hold: nothing is left to decide and nothing to write. */
function unanimousWord(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  held: FieldValue,
): Choice | undefined {
  const [first] = stands;
  if (first === undefined || stands.length < 2 || isGolden(input, field, first, held)) return undefined;
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
  const systems = movers.map((stand) => stand.system);
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

interface Settled {
  readonly verdict: Verdict;
  readonly cause: CauseCode;
  readonly systems: readonly SystemId[];
  readonly rest: Pick<FieldOutcome, 'differences' | 'bases'>;
}

/** Everybody against the value that now holds: equal systems get a base, the others a difference. */
function settle(
  input: CompareInput,
  field: FieldPolicy,
  stands: readonly Stand[],
  value: FieldValue,
  held: FieldValue,
): Settled {
  const equal = stands.filter((stand) => isGolden(input, field, stand, value));
  const different = stands.filter((stand) => !equal.includes(stand));
  // Who says what was held until now has not moved from it, whatever it had said before.
  const caughtUp = different.filter((stand) => isGolden(input, field, stand, held));
  const bases = [
    ...caughtUp.map((stand) => [stand.system, baseOf(stand)] as const),
    ...equal.map((stand) => [stand.system, baseOf(stand)] as const),
    // An empty field that is filled has empty as its base: a later change there is a move.
    ...different
      .filter((stand) => stand.base === undefined)
      .map((stand) => [stand.system, baseOf(stand)] as const),
    ...different.filter(stillAtBase).map((stand) => [stand.system, baseOf(stand)] as const),
  ];
  const differences = different.map((stand) => ({
    system: stand.system,
    field,
    from: stand.current,
    to: value,
    isExplained: !stand.moved || stand.sign !== undefined || caughtUp.includes(stand),
  }));
  if (different.length === 0) {
    return { verdict: Verdict.inSync, cause: CauseCode.equal, systems: [], rest: { differences, bases } };
  }
  const moved = different.filter((stand) => stand.moved && !caughtUp.includes(stand));
  const cause =
    moved.length === 0
      ? CauseCode.behind
      : moved.some((stand) => stand.sign === undefined)
        ? CauseCode.moveUnexplained
        : CauseCode.mirrorMoved;
  return {
    verdict: Verdict.softDrift,
    cause,
    systems: different.map((stand) => stand.system),
    rest: { differences, bases },
  };
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

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
 *    then nothing is left to decide and nobody is written to. What explains it may come later than the move: only
 *    after the settle time is a move said to be unexplained.
 * C6 A mirror's own word never counts, so a mirror that moved is soft drift even where it was behind. An authority
 *    that moves while behind, to anything but golden, is a conflict.
 * C7 An authority that is linked and was never read may say anything: until it was read, nothing is decided.
 * C8 Where the mode or the rule asks somebody first, golden and bases stay as they are and every difference waits;
 *    after a switch to `auto` only evidence later than the switch counts, and about what waited before it only what
 *    names the field. What derives is as old as its inputs.
 * C9 A difference that is tolerated is none until its time is over or either value is another one; a hold stops sync
 *    of a field until its source says something new. Both are shown as excluded, with their reason.
 * C10 The lifecycle is judged first, with what it is derived from, for it decides the rules of all others; what is derived
 *     is judged after its inputs.
 */
import { initialLifecycle, lifecycleOf } from '#shared/authority/lifecycle.ts';
import type { EntityPolicy, LifecycleState } from '#shared/authority/policy.ts';
import { unitsOf, type Unit } from '#shared/authority/rules.ts';
import { equalUnder } from '#shared/authority/equality.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { FieldVerdict, GoldenValue, RecordDocument } from '#shared/model/record.ts';
import type { Base, Bases } from '#shared/model/representation.ts';
import { ALTERNATION_WINDOW_MS, compareUnit } from './compare-unit.ts';
import { comparePresence } from './presence.ts';
import type { CompareInput } from './stand.ts';
import { earliest, type AcceptedMove, type Difference, type UnitOutcome } from './unit-outcome.ts';

export interface CompareResult {
  /** The state of the record's lifecycle, and so the rules, under which it was compared. */
  readonly lifecycle: LifecycleState;
  readonly golden: Readonly<Record<FieldPath, GoldenValue>>;
  readonly bases: Readonly<Record<SystemId, Bases>>;
  readonly holds: RecordDocument['holds'];
  readonly unexplainedSince: RecordDocument['unexplainedSince'];
  readonly accepted: readonly AcceptedMove[];
  readonly differences: readonly Difference[];
  readonly verdicts: ReadonlyMap<FieldPath, FieldVerdict>;
  /** Epoch milliseconds at which time alone changes the outcome; null for never. */
  readonly recompareAt: number | null;
}

/** Compares every field of the policy. */
export function compareRecord(input: CompareInput): CompareResult {
  const { policy, record, at } = input;
  const golden = { ...record.golden };
  const bases: Record<SystemId, Record<FieldPath, Base>> = {};
  for (const [system, values] of Object.entries(record.bases)) bases[system as SystemId] = { ...values };
  const holds = { ...record.holds };
  const unexplainedSince: Record<FieldPath, Instant> = {};
  const accepted: AcceptedMove[] = [];
  const differences: Difference[] = [];
  const fields = new Map<FieldPath, FieldVerdict>();
  let recompareAt: number | null = null;

  function take(unit: Unit, outcome: UnitOutcome): void {
    for (const { path } of unit.fields) {
      fields.set(path, outcome.verdict);
      if (outcome.liftsHold) delete holds[path];
      if (outcome.isUnexplained) unexplainedSince[path] = record.unexplainedSince[path] ?? at;
    }
    differences.push(...outcome.differences);
    for (const [system, path, base] of outcome.bases) (bases[system] ??= {})[path] = base;
    for (const move of outcome.accepted) golden[move.path] = goldenOf(policy, move, golden[move.path], at);
    accepted.push(...outcome.accepted.filter((move) => isNews(policy, move)));
    recompareAt = earliest(recompareAt, outcome.recompareAt);
  }

  const first = lifecycleUnits(policy);
  for (const unit of first) take(unit, compareUnit(input, unit, golden));
  const lifecycle = lifecycleOf(policy, (path) => golden[path]?.value);
  const known = first.map(({ id }) => id);
  for (const unit of inOrder(unitsOf(policy, lifecycle)))
    if (!known.includes(unit.id)) take(unit, compareUnit(input, unit, golden));

  const presence = comparePresence(policy, record, { lifecycle, valueAt: (path) => golden[path]?.value });
  const verdicts = new Map([...presence, ...fields]);
  return { lifecycle, golden, bases, holds, unexplainedSince, accepted, differences, verdicts, recompareAt };
}

/**
 * What says the lifecycle, after what that is derived from. Their rules are the same in all states: the checker sees to
 * it.
 */
function lifecycleUnits(policy: EntityPolicy): readonly Unit[] {
  const { lifecycle } = policy;
  if (lifecycle === undefined) return [];
  const units = unitsOf(policy, initialLifecycle(policy));
  const needed = new Set<FieldPath>([lifecycle.field]);
  for (const unit of inOrder(units).toReversed())
    if (unit.rule?.kind === 'derived' && unit.fields.some(({ path }) => needed.has(path)))
      for (const path of unit.rule.from.inputs) needed.add(path);
  return inOrder(units).filter(({ fields }) => fields.some(({ path }) => needed.has(path)));
}

const ordered = new WeakMap<readonly Unit[], readonly Unit[]>();

/** What is derived comes after what it is derived from. In a circle, which the checker refuses, the order is as declared. */
function inOrder(units: readonly Unit[]): readonly Unit[] {
  const known = ordered.get(units);
  if (known !== undefined) return known;
  const sorted: Unit[] = [];
  const visiting = new Set<Unit>();
  const visit = (unit: Unit) => {
    if (sorted.includes(unit) || visiting.has(unit)) return;
    visiting.add(unit);
    const inputs = unit.rule?.kind === 'derived' ? unit.rule.from.inputs : [];
    for (const other of units) if (other.fields.some(({ path }) => inputs.includes(path))) visit(other);
    sorted.push(unit);
  };
  for (const unit of units) visit(unit);
  ordered.set(units, sorted);
  return sorted;
}

/** A member of a group may stay what it was while the group moves. */
function isNews(policy: EntityPolicy, { path, before, after }: AcceptedMove): boolean {
  const field = policy.fields.find((one) => one.path === path);
  return before.state === 'absent' || field === undefined || !equalUnder(policy, field, before, after);
}

function goldenOf(
  policy: EntityPolicy,
  move: AcceptedMove,
  before: GoldenValue | undefined,
  at: Instant,
): GoldenValue {
  const { sign } = move;
  const evidence =
    sign === null ? null : { source: sign.source, at: sign.at, fields: sign.paths, eventKey: sign.eventKey };
  return {
    value: move.after,
    cause: { system: move.system, evidence, rule: move.rule, acceptedAt: at },
    ...alternationOf(policy, move, before, at),
  };
}

/** Counts how often in a row the value went back to the one before (M9). */
function alternationOf(
  policy: EntityPolicy,
  { path, after }: AcceptedMove,
  before: GoldenValue | undefined,
  at: Instant,
): Pick<GoldenValue, 'alternation'> {
  const field = policy.fields.find((one) => one.path === path);
  if (before === undefined || field === undefined) return {};
  const known = before.alternation;
  const isReturn = known !== undefined && equalUnder(policy, field, known.before, after);
  const isRecent = known !== undefined && toEpochMs(at) - toEpochMs(known.since) <= ALTERNATION_WINDOW_MS;
  return isReturn && isRecent
    ? { alternation: { before: before.value, count: known.count + 1, since: known.since } }
    : { alternation: { before: before.value, count: 0, since: at } };
}

/**
 * How a field stands, said again from the words of the design and with none of the code that decides it: slow, plain,
 * and on plain texts. What the two disagree about is a defect of one of them.
 *
 * A world here is one unit: a field, or several that are judged as one value. A text is a value, `null` is known to be
 * empty, `undefined` is not known.
 */

import { areKnown, isEmpty, plain, same, type Text } from './slow-texts.ts';
import type { SlowRule, SlowSign, SlowSystem, SlowWorld } from './slow-world.ts';

export type SlowVerdict = readonly [verdict: string, cause: string];

/** What a comparison should say of the unit. */
export function slowVerdict(world: SlowWorld): SlowVerdict {
  const { rule } = world;
  if (rule.kind === 'none') return ['undetermined', 'rule_missing'];
  if (rule.kind === 'ignored') return ['excluded', 'ignored_by_policy'];
  const systems = Object.values(world.systems);
  // C3: what an open run may write is left alone.
  if (systems.some((system) => system.isWritten === 'unit')) return ['soft_drift', 'in_flight'];
  return 'systems' in rule ? ofSystems(world, rule) : ofOperators(world);
}

type Named = readonly [name: string, system: SlowSystem];

/** C2: those who hold the record, were read, and are known to say something or nothing in every field. */
function speakersOf(world: SlowWorld): readonly Named[] {
  return Object.entries(world.systems).filter(
    ([, { link, isRead, says }]) => link === 'active' && isRead && says.every((text) => text !== undefined),
  );
}

function ofOperators(world: SlowWorld): SlowVerdict {
  const { own, golden } = world;
  if (own === undefined) return ['excluded', 'not_set'];
  const speakers = speakersOf(world);
  const tolerated = speakers.filter(([, system]) => isTolerated(system, own, golden));
  const counted = speakers.filter(([, system]) => !isTolerated(system, own, golden));
  const isNews = !same(own, golden);
  const isFirst = golden.some((text) => text === undefined);
  const isAgreed =
    isFirst && counted.length > 0 && counted.every(([, system]) => isLike(system, own, golden));
  if (isNews && world.asks) return isAgreed ? GREEN : ['soft_drift', 'rule_asks'];
  const verdict = againstGolden(world, counted, own, golden, world.ownAt);
  return finished(world, verdict, { hasNews: isNews, hasTolerated: tolerated.length > 0 });
}

function ofSystems(world: SlowWorld, rule: Extract<SlowRule, { systems: unknown }>): SlowVerdict {
  const { golden, systems } = world;
  const speakers = speakersOf(world);
  if (speakers.length === 0) return ['unchecked', 'never_compared'];
  // C7: an authority that holds the record and was never read may say anything.
  const unread = rule.systems.some((name) => systems[name]?.link === 'active' && !systems[name].isRead);
  if (unread) return ['undetermined', 'unreadable'];
  const tolerated = speakers.filter(([, system]) => isTolerated(system, golden, golden));
  const counted = speakers.filter(([, system]) => !isTolerated(system, golden, golden));
  const hasTolerated = tolerated.length > 0;
  if (counted.length === 0) return finished(world, GREEN, { hasNews: false, hasTolerated });
  const among = settled(world, rule, counted);
  // What holds is another value now: nobody has accepted a difference from that one.
  const isVoid = hasTolerated && among.accepted !== null;
  const { verdict, accepted } = isVoid ? settled(world, rule, speakers) : among;
  const hasNews = accepted !== null && isExplained(accepted);
  return finished(world, verdict, { hasNews, hasTolerated: hasTolerated && !isVoid });
}

/** What comes of it among those who count. */
function settled(
  world: SlowWorld,
  rule: Extract<SlowRule, { systems: unknown }>,
  counted: readonly Named[],
): Decided {
  const { golden, systems } = world;
  // Whoever could settle a difference is gone or merged away.
  const linked = rule.systems.filter((name) => systems[name] !== undefined);
  const areAway = linked.length > 0 && linked.every((name) => systems[name]?.link !== 'active');
  const isDifferent = counted.some(([, system]) => !isLike(system, golden, golden));
  const decided: Decided =
    areAway && isDifferent
      ? { verdict: ['undetermined', 'gone'], accepted: null }
      : decide(world, rule, counted);
  const { accepted } = decided;
  const isSwallowed =
    (accepted === null || same(accepted.says, golden)) &&
    decided.verdict[0] !== 'hard_conflict' &&
    counted.some(([name, system]) => isAuthority(world, rule, name) && system.isSwallowed);
  return isSwallowed ? conflict('swallowed_value') : decided;
}

/** C9: what people said about the outcome. */
function finished(
  { isHeld }: SlowWorld,
  verdict: SlowVerdict,
  { hasNews, hasTolerated }: { readonly hasNews: boolean; readonly hasTolerated: boolean },
): SlowVerdict {
  const held: SlowVerdict =
    isHeld && !hasNews && verdict[0] === 'soft_drift' ? ['excluded', 'held'] : verdict;
  const isQuiet = held[0] === 'in_sync' || held[0] === 'excluded';
  return hasTolerated && isQuiet ? ['excluded', 'tolerated'] : held;
}

interface Decided {
  readonly verdict: SlowVerdict;
  /** Whose word became golden. */
  readonly accepted: SlowSystem | null;
}

const GREEN: SlowVerdict = ['in_sync', 'equal'];

function conflict(cause: string): Decided {
  return { verdict: ['hard_conflict', cause], accepted: null };
}

/** Whose word holds: authorities that moved, or whoever speaks first. */
function decide(
  world: SlowWorld,
  rule: Extract<SlowRule, { systems: unknown }>,
  speakers: readonly Named[],
): Decided {
  const isFirst = world.golden.some((text) => text === undefined);
  return isFirst ? firstWord(world, rule, speakers) : nextWord(world, rule, speakers);
}

/** Nothing holds yet. Emptiness is no word but the one owner's (C4). */
function firstWord(
  world: SlowWorld,
  rule: Extract<SlowRule, { systems: unknown }>,
  speakers: readonly Named[],
): Decided {
  const owner = rule.kind === 'owner' ? speakers.find(([name]) => rule.systems.includes(name)) : undefined;
  const words = speakers.filter((one) => one === owner || one[1].says.some((text) => !isEmpty(text)));
  const [first] = owner === undefined ? words : [owner];
  if (first === undefined) return { verdict: GREEN, accepted: null };
  // Beside an owner, a mirror that we know already needs not fit; a newly linked one does.
  const mustFit = words.filter(([, system]) => owner === undefined || !hasBase(system));
  if (mustFit.some(([, { says }]) => !same(says, first[1].says)))
    return conflict(words.every(([, system]) => hasMoved(system)) ? 'both_moved' : 'first_link_differs');
  const isAgreement = rule.kind === 'agree' && words.every(([, system]) => hasMoved(system));
  const silent = speakers.some(
    ([name, system]) =>
      isAuthority(world, rule, name) && hasBase(system) && !words.some(([other]) => other === name),
  );
  if (isAgreement && silent) return conflict('agreement_broken');
  const candidates = owner === undefined ? words : [owner];
  const mover = candidates.find(([, system]) => !hasMoved(system) || isExplained(system));
  if (mover !== undefined) return accepting(world, speakers, mover[1]);
  return world.isTrusted
    ? accepting(world, speakers, first[1])
    : { verdict: unexplained(world), accepted: null };
}

/** Something holds already. */
function nextWord(
  world: SlowWorld,
  rule: Extract<SlowRule, { systems: unknown }>,
  speakers: readonly Named[],
): Decided {
  const { golden } = world;
  const [first] = speakers;
  // C5: everybody who stands there says the same new thing, at one moment.
  const isUnanimous =
    first !== undefined &&
    speakers.length > 1 &&
    !speakers.some(([, { isOwed }]) => isOwed) &&
    !isLike(first[1], golden, golden) &&
    speakers.every(([, { says }]) => same(says, first[1].says));
  const authorities = speakers.filter(([name]) => isAuthority(world, rule, name));
  const movers = authorities.filter(([, system]) => hasMoved(system) && !isLike(system, golden, golden));
  const decided = isUnanimous
    ? { kind: 'word' as const, mover: (speakers.find(([, system]) => isExplained(system)) ?? first)[1] }
    : moverAmong(world, rule, authorities, movers);
  const word = decided.kind === 'word' ? decided.mover.says : golden;
  // C4: who is newly linked and says something else than what will hold.
  const strangers = speakers.filter(([name, system]) => {
    const isOwner = rule.kind === 'owner' && isAuthority(world, rule, name);
    const isFillable = system.says.every(isEmpty) && !isOwner;
    return !hasBase(system) && !isLike(system, word, golden) && !isFillable;
  });
  if (strangers.length > 0) return conflict('first_link_differs');
  switch (decided.kind) {
    case 'conflict':
      return conflict(decided.cause);
    case 'word':
      return accepting(world, speakers, decided.mover);
    case 'unexplained':
      return world.isTrusted
        ? accepting(world, speakers, decided.mover)
        : { verdict: unexplained(world), accepted: null };
    case 'none':
      return { verdict: againstGolden(world, speakers, golden, golden, world.goldenAt), accepted: null };
  }
}

type Word =
  | { readonly kind: 'none' }
  | { readonly kind: 'conflict'; readonly cause: string }
  | { readonly kind: 'unexplained' | 'word'; readonly mover: SlowSystem };

function moverAmong(
  { golden }: SlowWorld,
  rule: SlowRule,
  authorities: readonly Named[],
  movers: readonly Named[],
): Word {
  const [first] = movers;
  if (first === undefined) return { kind: 'none' };
  for (const [, one] of movers)
    for (const [, other] of movers)
      if (!same(one.says, other.says)) return { kind: 'conflict', cause: 'both_moved' };
  const agree = authorities.length > 1 && authorities.every(([, { says }]) => same(says, first[1].says));
  if (rule.kind === 'agree' && authorities.length > 1 && !agree)
    return { kind: 'conflict', cause: 'agreement_broken' };
  // C6: who moved while behind, to anything but golden.
  const wasBehind = movers.some(([, system]) => !isBaseLike(system, golden));
  if (wasBehind && !agree) return { kind: 'conflict', cause: 'moved_while_behind' };
  const explainedMover = movers.find(([, system]) => isExplained(system));
  return explainedMover === undefined
    ? { kind: 'unexplained', mover: first[1] }
    : { kind: 'word', mover: explainedMover[1] };
}

/** C8: a word is accepted unless somebody has to be asked first, or it is older than the switch to automatic. */
function accepting(world: SlowWorld, speakers: readonly Named[], mover: SlowSystem): Decided {
  const { golden, asks, taken } = world;
  const [says] = mover.says;
  if (taken !== null && says != null && plain(says) === plain(taken)) return conflict('key_taken');
  const isAlone = speakers.every(([, system]) => isLike(system, mover.says, golden));
  const isFirst = golden.some((text) => text === undefined);
  const asking = mover.mode !== 'auto' ? `${mover.mode}_mode` : asks ? 'rule_asks' : null;
  if (asking !== null)
    return { verdict: isAlone && isFirst ? GREEN : ['soft_drift', asking], accepted: null };
  if (isBeforeSwitch(mover) && !isAlone) return { verdict: ['soft_drift', 'before_switch'], accepted: null };
  const since = signOf(mover)?.at ?? (isExplained(mover) ? null : world.now);
  return {
    verdict: againstGolden(world, speakers, mover.says, golden, since ?? world.now),
    accepted: mover,
  };
}

/** Only evidence later than the switch counts, and of what was never accepted only what names these very fields. */
function isBeforeSwitch(mover: SlowSystem): boolean {
  if (mover.since === null) return false;
  const sign = signOf(mover);
  if (sign?.at == null || sign.at <= mover.since) return true;
  const isSpecific = sign.isBirth || (sign.names ?? []).length > 0;
  return !hasBase(mover) && !isSpecific;
}

/** Everybody against what now holds. */
function againstGolden(
  world: SlowWorld,
  speakers: readonly Named[],
  value: readonly Text[],
  before: readonly Text[],
  since: number,
): SlowVerdict {
  const different = speakers.map(([, system]) => system).filter((system) => !isLike(system, value, before));
  if (different.length === 0) return GREEN;
  // Who says what held until now has not moved away from it.
  const movers = different.filter((system) => hasMoved(system) && !isLike(system, before, before));
  if (!world.isTrusted && movers.some((system) => !isExplained(system))) return unexplained(world);
  for (const system of different) {
    if (system.mode !== 'auto') return ['soft_drift', `${system.mode}_mode`];
    if (world.asks) return ['soft_drift', 'rule_asks'];
    const at = movers.includes(system) ? (signOf(system)?.at ?? since) : since;
    if (system.since !== null && at <= system.since) return ['soft_drift', 'before_switch'];
  }
  return ['soft_drift', movers.length === 0 ? 'behind' : 'mirror_moved'];
}

/** C5: only after the settle time is a move said to be unexplained. */
function unexplained({ isSettleTimeOver }: SlowWorld): SlowVerdict {
  return ['soft_drift', isSettleTimeOver ? 'move_unexplained' : 'awaiting_evidence'];
}

/** The named authorities; while none of them was ever linked, whoever is speaks for the field. */
function isAuthority({ systems }: SlowWorld, rule: SlowRule, name: string): boolean {
  if (!('systems' in rule)) return false;
  const isAnyLinked = rule.systems.some((one) => systems[one] !== undefined);
  return isAnyLinked ? rule.systems.includes(name) : true;
}

function hasBase({ base }: SlowSystem): boolean {
  return base.every((text) => text !== undefined);
}

/** C1: a system moved when it differs from its own base. */
function hasMoved(system: SlowSystem): boolean {
  return hasBase(system) && !same(system.says, system.base);
}

/** Whether something tells of every field that left its base. Who says what it always said has nothing to explain. */
function isExplained(system: SlowSystem): boolean {
  const news = newsOf(system);
  return news.length > 0 && news.every((field) => tellsOf(system, field) !== null);
}

/** Fields that left their base, or never had one. */
function newsOf(system: SlowSystem): readonly number[] {
  return [...system.says.keys()].filter((field) => {
    const base = system.base[field];
    return base === undefined || plain(system.says[field]) !== plain(base);
  });
}

/** The sign that explains the first field that left its base. */
function signOf(system: SlowSystem): SlowSign | null {
  const [first] = newsOf(system);
  return first === undefined || !isExplained(system) ? null : tellsOf(system, first);
}

function tellsOf(system: SlowSystem, field: number): SlowSign | null {
  const { baseAt, modifiedAt, signs, ownWritesAt } = system;
  const isKnown = system.base[field] !== undefined;
  const isBusy = system.isWritten === 'other';
  const telling = signs.filter((sign) => {
    if (sign.isEcho || (sign.isBirth && sign.names === null && isKnown)) return false; // M9
    if (sign.names === null ? isBusy : !sign.names.includes(field)) return false;
    return sign.at === null || !isKnown || baseAt === null || sign.at >= baseAt;
  });
  const dated = telling.filter(({ at }) => at !== null).toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  const [latest = telling[0]] = dated;
  if (latest !== undefined) return latest;
  if (isBusy || modifiedAt === null || ownWritesAt.includes(modifiedAt)) return null;
  const isLater = !isKnown || (baseAt !== null && modifiedAt > baseAt);
  return isLater ? { at: modifiedAt, names: null, isEcho: false, isBirth: false } : null;
}

/** M9: equal, or the vendor's own form of the very value that we wrote there. */
function isLike({ says, storedAs }: SlowSystem, value: readonly Text[], written: readonly Text[]): boolean {
  return isForm(says, storedAs, value, written);
}

function isBaseLike({ base, storedAs }: SlowSystem, golden: readonly Text[]): boolean {
  return areKnown(base) && isForm(base, storedAs, golden, golden);
}

function isForm(
  says: readonly Text[],
  storedAs: Text,
  value: readonly Text[],
  written: readonly Text[],
): boolean {
  return says.every((text, field) => {
    if (plain(text) === plain(value[field])) return true;
    const isOurs = storedAs !== undefined && plain(written[field]) === plain(value[field]);
    return isOurs && written[field] !== undefined && plain(text) === plain(storedAs);
  });
}

/** Differences that somebody accepted, each for exactly what the two said: another one counts. */
function isTolerated(system: SlowSystem, value: readonly Text[], golden: readonly Text[]): boolean {
  const differing = [...value.keys()].filter((field) => plain(system.says[field]) !== plain(value[field]));
  const isAccepted = differing.every((field) => plain(value[field]) === plain(golden[field]));
  return system.isTolerated && differing.length > 0 && isAccepted;
}

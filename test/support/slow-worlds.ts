import fc from 'fast-check';
import type { AuthorityRule, EntityPolicy, FieldPolicy, PlainRule } from '#shared/authority/policy.ts';
import type { CompareInput } from '#shared/drift/stand.ts';
import { CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';
import { FieldPath, NativeId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Mode } from '#shared/model/vocabulary.ts';
import { aField, aPolicy, HUBSPOT, NAME, NETSUITE, PHONE, PROFILE, SHOPIFY } from './builders/policies.ts';
import { aLedgerEntry, aLink, aRecord, aRepresentation, minute, RUN_ID } from './builders/records.ts';
import type { SlowRule, SlowSign, SlowSystem, SlowWorld } from './slow-world.ts';
import type { Text } from './slow-texts.ts';

const FIELDS = [PHONE, NAME] as const;
const STAGE = FieldPath('stage');
const SYSTEMS = [HUBSPOT, SHOPIFY, NETSUITE] as const;
const NOW = 20;

/** Texts that meet often, two of which mean the same, and one that says nothing. */
const said = fc.constantFrom<Text>('a', 'a', 'b', 'b', 'c', ' A ', null, '  ');
const known = fc.oneof({ weight: 9, arbitrary: said }, { weight: 1, arbitrary: fc.constant(undefined) });
const time = fc.constantFrom(1, 3, 5, 7, 9);
const timeOrNone = fc.oneof({ weight: 8, arbitrary: time }, { weight: 1, arbitrary: fc.constant(null) });
const rarely = fc.constantFrom(true, ...Array.from({ length: 9 }, () => false));

function signs(size: number): fc.Arbitrary<readonly SlowSign[]> {
  const one = fc.record({
    at: timeOrNone,
    names: fc.oneof(
      fc.constant(null),
      fc.subarray(
        Array.from({ length: size }, (_, index) => index),
        { minLength: 0 },
      ),
    ),
    isEcho: rarely,
    isBirth: rarely,
  });
  return fc.array(one, { maxLength: 2 });
}

function system(size: number): fc.Arbitrary<SlowSystem> {
  const texts = (text: fc.Arbitrary<Text>) => fc.array(text, { minLength: size, maxLength: size });
  return fc.record({
    link: fc.constantFrom('active', 'active', 'active', 'active', 'active', 'active', 'gone', 'foreign'),
    isRead: fc.constantFrom(true, true, true, true, true, true, true, true, false),
    says: texts(known),
    base: fc.oneof(
      { weight: 6, arbitrary: texts(said) },
      { weight: 2, arbitrary: texts(fc.constant(undefined)) },
      { weight: 1, arbitrary: texts(known) },
    ),
    baseAt: timeOrNone,
    modifiedAt: timeOrNone,
    signs: signs(size),
    ownWritesAt: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(time, { maxLength: 1 }) },
    ),
    isWritten: fc.constantFrom(...Array.from({ length: 14 }, () => null), 'unit' as const, 'other' as const),
    storedAs: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: said }),
    isSwallowed: rarely,
    isTolerated: rarely,
    isOwed: rarely,
    mode: fc.constantFrom('auto', 'auto', 'auto', 'auto', 'auto', 'auto', 'ask', 'observe'),
    since: fc.constantFrom(...Array.from({ length: 6 }, () => null), 4, 8),
  });
}

const plainRule: fc.Arbitrary<SlowRule> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(...SYSTEMS).map((one) => ({ kind: 'owner' as const, systems: [one] })),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(
        fc.constantFrom('latest' as const, 'agree' as const),
        fc.subarray([...SYSTEMS], { minLength: 2 }),
      )
      .map(([kind, systems]) => ({ kind, systems })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'ignored' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'operator' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'none' as const }) },
);

/** A world of one or two fields, of which every part is as likely as it takes to meet all of the others. */
export const slowWorlds: fc.Arbitrary<SlowWorld> = fc
  .constantFrom(1, 1, 1, 2)
  .chain((size) =>
    fc.record({
      rule: plainRule,
      asks: rarely,
      isTrusted: rarely,
      golden: fc.oneof(
        { weight: 8, arbitrary: fc.array(said, { minLength: size, maxLength: size }) },
        { weight: 2, arbitrary: fc.constant<Text[]>(Array.from({ length: size }, () => undefined)) },
      ),
      goldenAt: time,
      systems: fc
        .tuple(
          fc.array(system(size), { minLength: 3, maxLength: 3 }),
          fc.subarray([0, 1, 2], { minLength: 1 }),
        )
        .map(([all, present]): SlowWorld['systems'] =>
          Object.fromEntries(present.map((index) => [SYSTEMS[index] ?? HUBSPOT, all[index] as SlowSystem])),
        ),
      own: fc.oneof(
        { weight: 4, arbitrary: fc.array(said, { minLength: size, maxLength: size }) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      ownAt: time,
      isHeld: rarely,
      taken: fc.constantFrom<string | null>(...Array.from({ length: 8 }, () => null), 'b', 'C'),
      isSettleTimeOver: fc.boolean(),
      now: fc.constant(NOW),
    }),
  )
  .filter(isReachable);

/** While nothing holds, nothing but emptiness was ever accepted, and nothing was ever written or tolerated. */
function isReachable({ golden, systems }: SlowWorld): boolean {
  if (golden.every((text) => text !== undefined)) return true;
  return Object.values(systems).every(
    ({ base, storedAs, isTolerated }) =>
      base.every((text) => text == null) && storedAs === undefined && !isTolerated,
  );
}

/** The world as the comparison is given it: documents, policy, signs and switches. */
export function compareInputOf(world: SlowWorld): CompareInput {
  const paths = FIELDS.slice(0, world.golden.length);
  return {
    policy: policyFor(world, paths),
    record: recordOf(world, paths),
    signs: bySystem(world, ({ signs: list }) =>
      list.map(({ at, names, isEcho, isBirth }, index) => ({
        source: isBirth ? ('created' as const) : ('webhook' as const),
        at: instantOf(at),
        paths: names === null ? null : names.flatMap((name) => paths[name] ?? []),
        eventKey: `event-${index}`,
        isEcho,
      })),
    ),
    ownWritesAt: bySystem(world, ({ ownWritesAt }) => ownWritesAt.map(minute)),
    takenKeys: world.taken === null ? [] : [{ key: PHONE, value: world.taken }],
    owed: namesOf(world).filter((name) => world.systems[name]?.isOwed),
    ownValues:
      world.own === undefined
        ? {}
        : byPath(paths, (_, index) => ({ value: valueOfText(world.own?.[index]), at: minute(world.ownAt) })),
    modes: {
      client: { mode: 'auto', since: null },
      dimensions: {},
      systems: bySystem(world, ({ mode, since }): { mode: Mode; since: Instant | null } => ({
        mode,
        since: instantOf(since),
      })),
    },
    settleMs: world.isSettleTimeOver ? 0 : 60_000,
    at: minute(world.now),
  };
}

const policies = new Map<string, EntityPolicy>();

/** A policy never changes, and what is derived from it is remembered: equal ones are one. */
function policyFor(world: SlowWorld, paths: readonly FieldPath[]): EntityPolicy {
  const key = JSON.stringify([world.rule, world.asks, world.isTrusted, paths]);
  const policy = policies.get(key) ?? policyOf(world, paths);
  policies.set(key, policy);
  return policy;
}

/** Some rules stand in a state of a lifecycle, so that a state without a rule has none. */
function policyOf(world: SlowWorld, paths: readonly FieldPath[]): EntityPolicy {
  const rule = ruleOf(world.rule);
  const isGroup = paths.length > 1;
  const apply = world.asks ? 'ask' : 'auto';
  const fields: readonly FieldPolicy[] = paths.map((path) =>
    aField(path, isGroup ? { kind: 'group', group: 'pair' } : rule, { normaliser: 'email', apply }),
  );
  const stage = aField(STAGE, { kind: 'owner', system: HUBSPOT });
  return aPolicy([...fields, stage], {
    groups: isGroup ? [{ id: 'pair', rule: rule as PlainRule, apply }] : [],
    lifecycle: { field: STAGE, states: { lead: ['lead'], won: ['won'] }, initial: 'lead' },
    trusted: world.isTrusted ? [PROFILE] : [],
  });
}

function ruleOf(rule: SlowRule): AuthorityRule {
  const won: PlainRule = { kind: 'ignored', reason: 'won' };
  const inLead = (one: PlainRule): AuthorityRule => ({
    kind: 'by_lifecycle',
    cases: [
      { while: ['lead'], rule: one },
      { while: ['won'], rule: won },
    ],
  });
  switch (rule.kind) {
    case 'owner':
      return inLead({ kind: 'owner', system: SystemId(rule.systems[0] ?? '') });
    case 'latest':
    case 'agree':
      return { kind: rule.kind, systems: rule.systems.map(SystemId) };
    case 'ignored':
      return inLead({ kind: 'ignored', reason: 'a test' });
    case 'operator':
      return inLead({ kind: 'operator' });
    case 'none':
      return { kind: 'by_lifecycle', cases: [{ while: ['won'], rule: won }] };
  }
}

function recordOf(world: SlowWorld, paths: readonly FieldPath[]): RecordDocument {
  const since = minute(world.goldenAt);
  const written = namesOf(world).flatMap((name) => {
    const { isWritten } = world.systems[name] ?? {};
    if (isWritten === 'unit') return [{ system: name, path: paths[0] ?? PHONE }];
    return isWritten === 'other' ? [{ system: name, path: FieldPath('note') }] : [];
  });
  return aRecord({
    links: bySystem(world, ({ link }) => aLink({ nativeId: NativeId('1'), state: link })),
    representations: Object.fromEntries(
      namesOf(world).flatMap((name) => {
        const one = world.systems[name];
        if (one === undefined || !one.isRead) return [];
        const fields = byPath(paths, (_, index) => valueOfText(one.says[index]));
        return [
          [name, aRepresentation(fields, { nativeId: NativeId('1'), modifiedAt: instantOf(one.modifiedAt) })],
        ];
      }),
    ),
    bases: bySystem(world, ({ base, baseAt }) =>
      byPath(paths, (_, index) =>
        base[index] === undefined
          ? undefined
          : { value: valueOfText(base[index]), modifiedAt: instantOf(baseAt) },
      ),
    ),
    golden: byPath(paths, (_, index) => {
      const text = world.golden[index];
      if (text === undefined) return undefined;
      const cause = { system: HUBSPOT, evidence: null, rule: 'first', acceptedAt: since };
      return { value: valueOfText(text), cause };
    }),
    ledger: bySystem(world, ({ storedAs }) =>
      byPath(paths, (_, index) =>
        storedAs === undefined
          ? undefined
          : aLedgerEntry(valueOfText(world.golden[index]), valueOfText(storedAs)),
      ),
    ),
    swallowed: bySystem(world, ({ isSwallowed }) =>
      byPath(paths, (_, index) => (isSwallowed && index === 0 ? valueOf('lost') : undefined)),
    ),
    tolerances: bySystem(world, ({ isTolerated, says }) =>
      byPath(paths, (_, index) =>
        isTolerated
          ? {
              value: valueOfText(says[index]),
              golden: valueOfText(world.golden[index]),
              by: 'olga',
              owner: 'olga',
              reason: 'a test',
              at: minute(1),
              until: minute(60),
            }
          : undefined,
      ),
    ),
    holds: world.isHeld ? { [PHONE]: { by: 'olga', at: minute(1), reason: 'a test' } } : {},
    writeSets: written.length === 0 ? {} : { [RUN_ID]: { epoch: 1, targets: written } },
  });
}

function namesOf({ systems }: SlowWorld): readonly SystemId[] {
  return Object.keys(systems) as SystemId[];
}

function bySystem<T>(world: SlowWorld, of: (system: SlowSystem) => T): Record<SystemId, T> {
  return Object.fromEntries(
    namesOf(world).flatMap((name) => {
      const one = world.systems[name];
      return one === undefined ? [] : [[name, of(one)]];
    }),
  );
}

function byPath<T>(
  paths: readonly FieldPath[],
  of: (path: FieldPath, index: number) => T | undefined,
): Record<FieldPath, T> {
  return Object.fromEntries(
    paths.flatMap((path, index) => {
      const value = of(path, index);
      return value === undefined ? [] : [[path, value]];
    }),
  );
}

function valueOfText(text: Text): FieldValue {
  if (text === undefined) return { state: 'absent' };
  return text === null ? CLEARED : valueOf(text);
}

function instantOf(at: number | null): Instant | null {
  return at === null ? null : minute(at);
}

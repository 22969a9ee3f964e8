/**
 * Makes sound policies: by construction, each field is held where its rule needs it, each state has its case, nothing
 * feeds itself. Knows nothing of whoever checks them.
 */
import type {
  AuthorityRule,
  Condition,
  EntityPolicy,
  FieldPolicy,
  GroupPolicy,
  LifecyclePolicy,
  LifecycleRule,
  LossPolicy,
  PlainRule,
  Presence,
} from '#shared/authority/policy.ts';
import type { FieldMapping } from '#shared/connectors/connector.ts';
import { FieldPath, type Dimension, type SystemId } from '#shared/model/ids.ts';
import { createDice, type Dice } from './dice.ts';
import {
  CUSTOMER,
  EMAIL,
  EMAIL_SLOT,
  entityOf,
  HUBSPOT,
  IDENTITY,
  mappingTo,
  NETSUITE,
  PROFILE,
  SHOPIFY,
  SLOTS,
  TERMS,
  type PolicyCase,
  type Slot,
} from './policy-case.ts';

export interface SoundOptions {
  /** @default two or three */
  readonly systems?: readonly SystemId[];
  /** Leaves out what needs an operator. @default false */
  readonly withoutOperator?: boolean;
}

/** A field on its way into the policy. */
interface Draft {
  readonly policy: FieldPolicy;
  readonly slot: Slot;
  readonly systems: readonly SystemId[];
  readonly readOnly: readonly SystemId[];
}

const STATES = ['lead', 'customer', 'former', 'dormant'] as const;
const PATHS = [
  'given',
  'family',
  'remark',
  'segment',
  'mobile',
  'exempt',
  'label',
  'city',
  'greeting',
] as const;

/** A sound policy over two or three systems. */
export function soundPolicy(seed: number, options: SoundOptions = {}): PolicyCase {
  const dice = createDice(seed);
  const systems = options.systems ?? (dice.chance(0.5) ? [HUBSPOT, SHOPIFY] : [HUBSPOT, SHOPIFY, NETSUITE]);
  const slots = shuffled(SLOTS, dice);
  const paths = shuffled(PATHS, dice);
  const scene: Scene = { dice, systems, options, slots, paths, drafts: [], groups: [], lifecycle: undefined };
  addEmail(scene);
  if (dice.chance(0.6)) addLifecycle(scene);
  if (dice.chance(0.4)) addGroup(scene);
  while (scene.slots.length > 0) addField(scene);
  if (dice.chance(0.3)) addUnmapped(scene);
  return finished(scene);
}

interface Scene {
  readonly dice: Dice;
  readonly systems: readonly SystemId[];
  readonly options: SoundOptions;
  /** Native fields that nothing holds yet. */
  readonly slots: Slot[];
  readonly paths: string[];
  readonly drafts: Draft[];
  readonly groups: GroupPolicy[];
  lifecycle: LifecyclePolicy | undefined;
}

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(dice.below(left.length), 1));
}

function nextPath({ paths }: Scene): FieldPath {
  return FieldPath(paths.shift() ?? 'surplus');
}

function addEmail({ dice, systems, drafts }: Scene): void {
  const rule: PlainRule = dice.one<PlainRule>([
    { kind: 'agree', systems },
    { kind: 'latest', systems },
    { kind: 'owner', system: systems[0] ?? HUBSPOT },
  ]);
  const policy: FieldPolicy = { path: EMAIL, dimension: IDENTITY, rule, apply: 'auto', normaliser: 'email' };
  drafts.push({ policy, slot: EMAIL_SLOT, systems, readOnly: [] });
}

/** A field says the state of the record's life, under one plain rule; or it is derived from one that does. */
function addLifecycle(scene: Scene): void {
  const { dice, systems, drafts, slots } = scene;
  const index = slots.findIndex(({ form }) => form === 'text');
  const [slot] = slots.splice(index, 1);
  if (slot === undefined) return;
  const path = nextPath(scene);
  const names = dice.some(STATES, 2);
  const states = Object.fromEntries(
    names.map((name) => [name, dice.chance(0.3) ? [name, `${name} again`] : [name]]),
  );
  const [first = 'lead'] = names;
  const initial = dice.any(names) ?? first;
  const system = dice.any(systems) ?? HUBSPOT;
  const rule: PlainRule = dice.chance(0.7) ? { kind: 'owner', system } : { kind: 'latest', systems };
  const policy: FieldPolicy = { path, dimension: TERMS, rule, apply: 'auto', normaliser: 'text' };
  drafts.push({ policy, slot, systems, readOnly: readOnlyFor(dice, rule) });
  scene.lifecycle = { field: path, states, initial };
}

/** A system that alone may say a field need not be writable there. */
function readOnlyFor(dice: Dice, rule: AuthorityRule): readonly SystemId[] {
  return rule.kind === 'owner' && dice.chance(0.2) ? [rule.system] : [];
}

function addGroup(scene: Scene): void {
  const { dice, slots, drafts, groups, systems } = scene;
  const members = slots.splice(0, 2);
  if (members.length < 2) return;
  const holders = dice.some(systems, 2);
  const rule = ruleFor(scene, holders);
  const dimension = dice.one<Dimension>([PROFILE, TERMS]);
  const apply = 'auto' as const;
  groups.push({ id: 'together', rule, apply });
  for (const slot of members) {
    const path = nextPath(scene);
    const policy: FieldPolicy = {
      path,
      dimension,
      rule: { kind: 'group', group: 'together' },
      apply,
      normaliser: normaliserOf(slot),
    };
    drafts.push({ policy, slot, systems: holders, readOnly: [] });
  }
}

function normaliserOf({ form }: Slot): FieldPolicy['normaliser'] {
  if (form === 'phone') return 'phone';
  return form === 'flag' ? 'exact' : 'text';
}

/** A plain rule, or one per span of the lifecycle, over those systems. */
function ruleFor(scene: Scene, holders: readonly SystemId[]): PlainRule | LifecycleRule {
  const { dice, lifecycle } = scene;
  if (lifecycle === undefined || !dice.chance(0.4)) return plainRule(scene, holders);
  const names = shuffled(Object.keys(lifecycle.states), dice);
  const cut = 1 + dice.below(names.length - 1);
  return {
    kind: 'by_lifecycle',
    cases: [names.slice(0, cut), names.slice(cut)].map((part) => ({
      while: part,
      rule: plainRule(scene, holders),
    })),
  };
}

function plainRule({ dice, options }: Scene, holders: readonly SystemId[]): PlainRule {
  const system = dice.any(holders) ?? HUBSPOT;
  const shared = dice.some(holders, Math.min(2, holders.length));
  const kinds: readonly [PlainRule, ...PlainRule[]] = [
    { kind: 'owner', system },
    { kind: 'owner', system },
    { kind: 'latest', systems: shared },
    { kind: 'latest', systems: shared },
    { kind: 'agree', systems: shared },
    { kind: 'ignored', reason: 'kept apart on purpose' },
    options.withoutOperator === true ? { kind: 'owner', system } : { kind: 'operator' },
  ];
  return dice.one(kinds);
}

function addField(scene: Scene): void {
  const { dice, systems, slots, drafts } = scene;
  const [slot] = slots.splice(0, 1);
  if (slot === undefined || dice.chance(0.1)) return;
  const path = nextPath(scene);
  const holders = dice.some(systems, 1);
  const derived = slot.form === 'text' && dice.chance(0.4) ? derivedRule(scene) : undefined;
  const rule = derived ?? ruleFor(scene, holders);
  const policy: FieldPolicy = {
    path,
    dimension: dice.one<Dimension>([PROFILE, TERMS]),
    rule,
    apply: 'auto',
    normaliser: normaliserOf(slot),
    ...(dice.chance(0.1) ? { writers: ['workflow:place-order'] } : {}),
  };
  drafts.push({ policy, slot, systems: holders, readOnly: readOnlyFor(dice, rule) });
}

/** From fields that somebody sets and that were declared before, so that there is no circle. */
function derivedRule({ dice, drafts, groups }: Scene): PlainRule | undefined {
  const ruleOf = ({ policy: { rule } }: Draft) =>
    rule.kind === 'group' ? groups.find(({ id }) => id === rule.group)?.rule : rule;
  const isSet = (draft: Draft): boolean => {
    const rule = ruleOf(draft);
    const rules = rule?.kind === 'by_lifecycle' ? rule.cases.map((one) => one.rule) : [rule];
    return draft.slot.form !== 'flag' && rules.every((one) => one !== undefined && one.kind !== 'ignored');
  };
  const inputs = drafts.filter(isSet).map(({ policy }) => policy.path);
  const [input] = inputs;
  if (input === undefined) return undefined;
  const chosen = dice.some(inputs, 1);
  return dice.one<PlainRule>([
    { kind: 'derived', from: { fn: 'join', inputs: chosen, separator: ' / ' } },
    { kind: 'derived', from: { fn: 'first', inputs: chosen } },
    {
      kind: 'derived',
      from: { fn: 'lookup', inputs: [input], table: { Aster: 'star', Briar: 'rose' }, otherwise: 'plain' },
    },
  ]);
}

/** A field of ours that flows nowhere. */
function addUnmapped(scene: Scene): void {
  const { drafts } = scene;
  const rule = derivedRule(scene);
  const slot = SLOTS[0];
  if (rule === undefined || slot === undefined) return;
  const path = nextPath(scene);
  const policy: FieldPolicy = { path, dimension: PROFILE, rule, apply: 'auto', normaliser: 'text' };
  drafts.push({ policy, slot, systems: [], readOnly: [] });
}

function finished(scene: Scene): PolicyCase {
  const { dice, systems, drafts, groups, lifecycle } = scene;
  const fields = drafts.map(({ policy }) => policy);
  const policy: EntityPolicy = {
    type: CUSTOMER,
    presence: Object.fromEntries(systems.map((system, index) => [system, presenceFor(scene, index)])),
    presenceDimension: IDENTITY,
    region: 'US',
    fields,
    ...(groups.length > 0 ? { groups } : {}),
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(dice.chance(0.4) ? { onLoss: lossesFor(scene) } : {}),
    ...(dice.chance(0.2) ? { trusted: [fields[0]?.dimension ?? IDENTITY] } : {}),
  };
  return {
    policy,
    mappings: Object.fromEntries(
      systems.map((system) => [system, entityOf(system, mappedBy(drafts, system))]),
    ),
  };
}

function mappedBy(drafts: readonly Draft[], system: SystemId): readonly FieldMapping[] {
  return drafts
    .filter(({ systems }) => systems.includes(system))
    .map(({ policy: { path }, slot, readOnly }) => {
      const mapped = mappingTo(path, slot, system);
      return readOnly.includes(system) ? { ...mapped, readOnly: true } : mapped;
    });
}

function presenceFor({ dice, lifecycle }: Scene, index: number): Presence {
  if (index === 0 || dice.chance(0.6)) return 'required';
  if (dice.chance(0.3)) return 'optional';
  const has: Condition = { kind: 'has', field: EMAIL };
  if (lifecycle === undefined) return { when: dice.one<Condition>([has, { kind: 'not', condition: has }]) };
  const state = Object.keys(lifecycle.states).slice(0, 1);
  return {
    when: dice.one<Condition>([
      has,
      { kind: 'lifecycle', oneOf: state },
      { kind: 'all', conditions: [has, { kind: 'not', condition: { kind: 'lifecycle', oneOf: state } }] },
    ]),
  };
}

/** At most one system takes the record away from the others by itself. */
function lossesFor({ dice, systems }: Scene): Readonly<Record<SystemId, LossPolicy>> {
  const spreading = dice.chance(0.5) ? dice.any(systems) : undefined;
  const mild: readonly [LossPolicy, ...LossPolicy[]] = ['ask', 'unlink', 'archive'];
  return Object.fromEntries(
    systems.map((system) => [system, system === spreading ? 'propagate' : dice.one(mild)]),
  );
}

import { contentHash } from '#shared/model/hash.ts';
import { CONCORD, FieldPath, type SystemId } from '#shared/model/ids.ts';
import type {
  Apply,
  AuthorityRule,
  EntityPolicy,
  FieldPolicy,
  LifecycleState,
  PlainRule,
  Presence,
} from './policy.ts';

/** A rule as operations and history name it, and the hash that voids an operation when it changes. */
export interface RuleName {
  readonly id: string;
  readonly hash: string;
}

/**
 * What is judged as one value under one rule: a field, or a group of fields that move together. `rule` is null where
 * the policy names none, or more than one, for the lifecycle state: then nothing is decided.
 */
export interface Unit {
  /** The field's path, or the group's id. */
  readonly id: FieldPath;
  readonly fields: readonly [FieldPolicy, ...FieldPolicy[]];
  readonly rule: PlainRule | null;
  readonly apply: Apply;
  readonly name: RuleName;
}

const unitsOfPolicies = new WeakMap<EntityPolicy, Map<LifecycleState, readonly Unit[]>>();

/** The units of a policy in one lifecycle state, in the order of its fields. A policy never changes: computed once. */
export function unitsOf(policy: EntityPolicy, lifecycle: LifecycleState): readonly Unit[] {
  const known = unitsOfPolicies.get(policy) ?? new Map<LifecycleState, readonly Unit[]>();
  unitsOfPolicies.set(policy, known);
  const remembered = known.get(lifecycle);
  if (remembered !== undefined) return remembered;
  const units = [...Map.groupBy(policy.fields, unitIdOf)].map(([id, fields]) =>
    unitFrom(policy, lifecycle, id, fields as [FieldPolicy, ...FieldPolicy[]]),
  );
  known.set(lifecycle, units);
  return units;
}

/** The unit that a field belongs to, undefined for a field that the policy does not name. */
export function unitOf(policy: EntityPolicy, lifecycle: LifecycleState, path: FieldPath): Unit | undefined {
  return unitsOf(policy, lifecycle).find(({ fields }) => fields.some((field) => field.path === path));
}

/** Names the rule of one field: `customer.phone: latest(hubspot, shopify)`. */
export function ruleName(policy: EntityPolicy, path: FieldPath, lifecycle: LifecycleState): RuleName {
  return unitOf(policy, lifecycle, path)?.name ?? NO_RULE;
}

/**
 * Names the grant by which a workflow may set a field beside the field's rule: `customer.note: workflow:welcome may write`.
 * Undefined when the policy grants it nothing there.
 *
 * @param writer `workflow:<id>`, as the policy writes it.
 */
export function grantName(policy: EntityPolicy, path: FieldPath, writer: string): RuleName | undefined {
  const field = policy.fields.find((one) => one.path === path);
  if (field?.writers?.includes(writer) !== true) return undefined;
  return remembered(policy, `grant:${path}:${writer}`, () => ({
    id: `${policy.type}.${path}: ${writer} may write`,
    hash: contentHash([policy.type, 'grant', path, writer]),
  }));
}

const NO_RULE: RuleName = Object.freeze({ id: 'none', hash: 'none' });

/** Names the rule that lets a required representation be created: `customer: required in shopify`. */
export function presenceRuleName(policy: EntityPolicy, system: SystemId): RuleName {
  const presence = policy.presence[system] ?? 'optional';
  return remembered(policy, system, () => ({
    id: `${policy.type}: ${describePresence(presence)} in ${system}`,
    hash: contentHash([policy.type, 'presence', system, presence]),
  }));
}

/** Names the rule that says what the loss of an object means: `customer: lost in shopify, ask`. */
export function lossRuleName(policy: EntityPolicy, system: SystemId): RuleName {
  const loss = policy.onLoss?.[system] ?? 'ask';
  return remembered(policy, `loss:${system}`, () => ({
    id: `${policy.type}: lost in ${system}, ${loss}`,
    hash: contentHash([policy.type, 'loss', system, loss]),
  }));
}

const namesOfPolicies = new WeakMap<EntityPolicy, Map<string, RuleName>>();

/** Naming a rule costs a hash: each is named once. */
function remembered(policy: EntityPolicy, subject: string, nameOf: () => RuleName): RuleName {
  const names = namesOfPolicies.get(policy) ?? new Map<string, RuleName>();
  const known = names.get(subject);
  if (known !== undefined) return known;
  const name = nameOf();
  namesOfPolicies.set(policy, names.set(subject, name));
  return name;
}

/** Systems whose word counts. What is ours is the word of the pseudo-system `concord`. */
export function authoritiesOf(rule: PlainRule | null): readonly SystemId[] {
  switch (rule?.kind) {
    case 'owner':
      return [rule.system];
    case 'latest':
    case 'agree':
      return rule.systems;
    case 'operator':
    case 'derived':
      return [CONCORD];
    case 'ignored':
    case undefined:
      return [];
  }
}

/** Whether the value is ours: set by an operator, or derived. */
export function isOurs(rule: PlainRule | null): boolean {
  return rule?.kind === 'operator' || rule?.kind === 'derived';
}

/** Hash of the whole policy, stored with every run and every plan. */
export function policyHash(policy: EntityPolicy): string {
  return contentHash(policy);
}

function unitIdOf({ path, rule }: FieldPolicy): FieldPath {
  return rule.kind === 'group' ? FieldPath(rule.group) : path;
}

function unitFrom(
  policy: EntityPolicy,
  lifecycle: LifecycleState,
  id: FieldPath,
  fields: [FieldPolicy, ...FieldPolicy[]],
): Unit {
  const [first] = fields;
  const group = first.rule.kind === 'group' ? policy.groups?.find((one) => one.id === String(id)) : undefined;
  const declared = first.rule.kind === 'group' ? group?.rule : first.rule;
  const isAmbiguous = first.rule.kind !== 'group' && fields.length > 1;
  const rule = declared === undefined || isAmbiguous ? null : ruleIn(declared, lifecycle);
  const { apply } = group ?? first;
  const paths = fields.map(({ path }) => path);
  return {
    id,
    fields,
    rule,
    apply,
    name: {
      id: `${policy.type}.${describePaths(id, paths)}: ${describeRule(rule)}`,
      hash: contentHash([policy.type, id, paths, rule, apply, fields.map(({ normaliser }) => normaliser)]),
    },
  };
}

/** The one rule that holds in a state; null for none or several. */
function ruleIn(declared: AuthorityRule, lifecycle: LifecycleState): PlainRule | null {
  if (declared.kind === 'group') return null;
  if (declared.kind !== 'by_lifecycle') return declared;
  const [only, ...others] = declared.cases.filter((one) => one.while.includes(lifecycle));
  return only === undefined || others.length > 0 ? null : only.rule;
}

function describePaths(id: FieldPath, paths: readonly FieldPath[]): string {
  return paths.length === 1 && paths[0] === id ? id : `${id}(${paths.join(', ')})`;
}

function describeRule(rule: PlainRule | null): string {
  switch (rule?.kind) {
    case undefined:
      return 'no rule';
    case 'ignored':
      return `ignored (${rule.reason})`;
    case 'operator':
      return 'operator';
    case 'derived':
      return `derived(${rule.from.fn} of ${rule.from.inputs.join(', ')})`;
    case 'owner':
    case 'latest':
    case 'agree':
      return `${rule.kind}(${authoritiesOf(rule).join(', ')})`;
  }
}

function describePresence(presence: Presence): string {
  return typeof presence === 'string' ? presence : 'required on a condition';
}

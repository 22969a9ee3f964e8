/**
 * What the checker knows: the policy, and what each system can read and write of its type. Everything else is derived
 * from it here, once, in the terms in which the checks ask.
 */
import type { FieldValue } from '#shared/model/field-value.ts';
import type { EntityType, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { lifecycleStates } from '../lifecycle.ts';
import type { EntityPolicy, FieldPolicy, LifecycleRule, LifecycleState, PlainRule } from '../policy.ts';
import { authoritiesOf, isOurs } from '../rules.ts';

/** How a system holds one canonical field. A connector's field mapping is one of these. */
export interface MappedField {
  readonly path: FieldPath;
  readonly native: string;
  readonly from: (native: JsonValue | undefined) => FieldValue;
  readonly to: (value: FieldValue) => JsonValue;
  /** The system says it and does not let it be written. */
  readonly readOnly?: boolean;
}

/** How a system holds the type. A connector's entity mapping is one of these. */
export interface MappedEntity {
  readonly type: EntityType;
  readonly object: string;
  readonly fields: readonly MappedField[];
  readonly keys: (native: Readonly<Record<string, JsonValue | undefined>>) => readonly {
    readonly key: string;
    readonly value: string;
  }[];
}

/** A policy and what its systems can do. */
export interface PolicyFacts {
  readonly policy: EntityPolicy;
  /** By system: how it holds the policy's type. A system that does not is not in it. */
  readonly mappings: Readonly<Record<SystemId, MappedEntity>>;
  /** Ids of the client's workflows; undefined while there is no list to check a grant against. */
  readonly workflows?: readonly string[];
}

/** That a rule holds for a field in a state. Where the policy says several, there are several. */
export interface Ruling {
  readonly field: FieldPolicy;
  readonly state: LifecycleState;
  readonly rule: PlainRule;
}

/** Every rule for every field in every state. */
export function rulingsOf({ policy }: PolicyFacts): readonly Ruling[] {
  return policy.fields.flatMap((field) =>
    lifecycleStates(policy).flatMap((state) =>
      rulesIn(policy, field, state).map((rule) => ({ field, state, rule })),
    ),
  );
}

/** Every rule that the policy declares for a field in a state: exactly one when it is sound. */
export function rulesIn(
  policy: EntityPolicy,
  { rule }: FieldPolicy,
  state: LifecycleState,
): readonly PlainRule[] {
  if (rule.kind !== 'group') return plainRules(rule, state);
  const named = (policy.groups ?? []).filter(({ id }) => id === rule.group);
  return named.flatMap((group) => plainRules(group.rule, state));
}

function plainRules(rule: PlainRule | LifecycleRule, state: LifecycleState): readonly PlainRule[] {
  if (rule.kind !== 'by_lifecycle') return [rule];
  return rule.cases.flatMap((one) => one.while.filter((named) => named === state).map(() => one.rule));
}

/** Every rule that the policy declares for a field, whatever the state. */
export function declaredRules({ groups = [] }: EntityPolicy, { rule }: FieldPolicy): readonly PlainRule[] {
  if (rule.kind !== 'group') return spans(rule);
  return groups.filter(({ id }) => id === rule.group).flatMap((group) => spans(group.rule));
}

function spans(rule: PlainRule | LifecycleRule): readonly PlainRule[] {
  return rule.kind === 'by_lifecycle' ? rule.cases.map((span) => span.rule) : [rule];
}

/** Systems that hold the type and map something of it, in the order of the policy. */
export function holdersOf({ policy, mappings }: PolicyFacts): readonly SystemId[] {
  return (Object.keys(policy.presence) as SystemId[]).filter((system) => mappings[system] !== undefined);
}

/** How a system holds a field; the first of them when it says so twice. */
export function mappedField(
  { mappings }: PolicyFacts,
  system: SystemId,
  path: FieldPath,
): MappedField | undefined {
  return mappings[system]?.fields.find((field) => field.path === path);
}

/** Systems that hold the type and map the field. */
export function mappersOf(facts: PolicyFacts, path: FieldPath): readonly SystemId[] {
  return holdersOf(facts).filter((system) => mappedField(facts, system, path) !== undefined);
}

/** Systems whose word counts under the rule and can be read. */
export function speakersOf(facts: PolicyFacts, path: FieldPath, rule: PlainRule): readonly SystemId[] {
  const mappers = mappersOf(facts, path);
  return [...new Set(authoritiesOf(rule))].filter((system) => mappers.includes(system));
}

/** Systems that must be told under the rule what another one, or we, said. */
export function receiversOf(facts: PolicyFacts, path: FieldPath, rule: PlainRule): readonly SystemId[] {
  if (rule.kind === 'ignored') return [];
  const [only, ...others] = [...new Set(authoritiesOf(rule))];
  return mappersOf(facts, path).filter((system) => isOurs(rule) || others.length > 0 || system !== only);
}

/** Whether the system can be given a value of the field. */
export function canWrite(facts: PolicyFacts, system: SystemId, path: FieldPath): boolean {
  const mapped = mappedField(facts, system, path);
  return mapped !== undefined && mapped.readOnly !== true;
}

/** The policy of a field; the first of them when there are two. */
export function fieldPolicy({ policy }: PolicyFacts, path: FieldPath): FieldPolicy | undefined {
  return policy.fields.find((field) => field.path === path);
}

/** Whether anybody can ever say something about the field. */
export function isSaid(facts: PolicyFacts, path: FieldPath): boolean {
  const field = fieldPolicy(facts, path);
  const kinds = field === undefined ? [] : declaredRules(facts.policy, field).map(({ kind }) => kind);
  if (kinds.some((kind) => kind === 'operator' || kind === 'derived')) return true;
  return kinds.some((kind) => kind !== 'ignored') && mappersOf(facts, path).length > 0;
}

/** Elements once each, in the order in which they first came. */
export function distinct<T>(elements: readonly T[]): readonly T[] {
  return [...new Set(elements)];
}

/** Whoever must be told something can be told it, and what must be created can be recognised. */
import { CLEARED } from '#shared/model/field-value.ts';
import { FieldPath, type SystemId } from '#shared/model/ids.ts';
import type { LifecycleState, PlainRule } from '../policy.ts';
import {
  canWrite,
  mappedField,
  mappersOf,
  declaredRules,
  distinct,
  fieldPolicy,
  holdersOf,
  receiversOf,
  rulingsOf,
  type PolicyFacts,
} from './facts.ts';
import type { Finding } from './finding.ts';
import { everyField } from './examples.ts';
import { found, listed } from './report.ts';
import { create, identifyingFields, opening, word } from './scene.ts';

export function checkWriters(facts: PolicyFacts): readonly Finding[] {
  return [...readOnlyTargets(facts), ...createsWithoutKey(facts), ...unknownGrants(facts)];
}

/** A mirror or a co-authority whose mapping only reads. */
function readOnlyTargets(facts: PolicyFacts): readonly Finding[] {
  const blocked = rulingsOf(facts).flatMap(({ field, state, rule }) =>
    receiversOf(facts, field.path, rule)
      .filter((system) => !canWrite(facts, system, field.path))
      .map((system) => ({ path: field.path, system, state, rule })),
  );
  const grouped = Map.groupBy(blocked, ({ path, system }) => `${path} ${system}`);
  return [...grouped.values()].flatMap((several) => {
    const [first] = several;
    if (first === undefined) return [];
    const { path, system, state, rule } = first;
    const states = distinct(several.map((one) => one.state));
    return [
      found(facts, {
        code: 'target_read_only',
        paths: [path],
        systems: [system],
        states,
        message: `${system} must be told ${path} and cannot be written there. Make ${system} its only authority, ignore the field, or map a field that can be written.`,
        counterexample: untold(facts, path, rule, system, state),
      }),
    ];
  });
}

/** What others say of the field never reaches a system that cannot be written. */
function untold(
  facts: PolicyFacts,
  path: FieldPath,
  rule: PlainRule,
  system: SystemId,
  state: LifecycleState,
): Finding['counterexample'] {
  const said = word(facts, path, rule, undefined, system);
  const promise = { kind: 'says', sayings: [{ system, path, value: said.value }] } as const;
  const native = mappedField(facts, system, path)?.native ?? '';
  const isSaidThere = said.edits.some(
    (edit) => edit.kind === 'edit' && edit.system === system && Object.hasOwn(edit.fields, native),
  );
  const origin = mappersOf(facts, path).find((one) => one !== system);
  if (isSaidThere && origin !== undefined)
    return { edits: [create(facts, origin, { [path]: said.value }), create(facts, system)], promise };
  // The field that says the lifecycle is said once, not twice.
  const entered = path === facts.policy.lifecycle?.field ? undefined : state;
  return { edits: [...opening(facts, said.speaker ?? undefined, entered), ...said.edits], promise };
}

/** A required object can only be made where it can be recognised again by a natural key of what exists already. */
function createsWithoutKey(facts: PolicyFacts): readonly Finding[] {
  const { policy } = facts;
  const holders = holdersOf(facts);
  return holders
    .filter((target) => policy.presence[target] !== 'optional')
    .flatMap((target) => {
      const origins = holders.filter((origin) => origin !== target && !sharesKey(facts, origin, target));
      const [origin] = origins;
      if (origin === undefined) return [];
      const keys = keysOf(facts, origin);
      return [
        found(facts, {
          code: 'create_without_key',
          systems: [target, ...origins],
          paths: keys,
          message: `A ${policy.type} of ${listed(origins)} must exist in ${target}, and nothing identifies it there: ${target} needs a natural key that ${listed(origins)} ${origins.length === 1 ? 'has' : 'have'} too, mapped to a field that can be written and under a rule that applies by itself.`,
          counterexample: stranger(facts, origin, target, keys),
        }),
      ];
    });
}

function keysOf(facts: PolicyFacts, system: SystemId): readonly FieldPath[] {
  return distinct(identifyingFields(facts, system).flatMap(({ keys }) => keys)).map(FieldPath);
}

/** Whether a key that the origin gives can be written to the target by itself, and is taken as a key there. */
function sharesKey(facts: PolicyFacts, origin: SystemId, target: SystemId): boolean {
  const taken = keysOf(facts, target);
  return keysOf(facts, origin).some((key) => {
    const field = fieldPolicy(facts, key);
    const isCompared =
      field !== undefined && declaredRules(facts.policy, field).every(({ kind }) => kind !== 'ignored');
    const group = field?.rule.kind === 'group' ? field.rule.group : undefined;
    const apply = facts.policy.groups?.find(({ id }) => id === group)?.apply ?? field?.apply;
    return isCompared && apply === 'auto' && canWrite(facts, target, key) && taken.includes(key);
  });
}

function stranger(
  facts: PolicyFacts,
  origin: SystemId,
  target: SystemId,
  keys: readonly FieldPath[],
): Finding['counterexample'] {
  // Made there by a person, it is known by nothing, and is nobody elsewhere.
  if (keysOf(facts, target).length === 0 && facts.policy.presence[origin] === 'required')
    return { edits: [create(facts, target)], promise: { kind: 'exists', system: origin } };
  const [key] = keys;
  const [identity] = identifyingFields(facts, origin);
  const edits = [create(facts, origin)];
  if (key === undefined || identity === undefined)
    return { edits, promise: { kind: 'exists', system: target } };
  const mapped = facts.mappings[origin]?.fields.find(({ native }) => native === identity.native);
  const value = mapped?.from(identity.value) ?? CLEARED;
  return { edits, promise: { kind: 'says', sayings: [{ system: target, path: key, value }] } };
}

const GRANT = /^workflow:(?<workflow>[a-z0-9]+(?:-[a-z0-9]+)*)$/;

/** Grants that no workflow can ever use. */
function unknownGrants(facts: PolicyFacts): readonly Finding[] {
  return facts.policy.fields.flatMap(({ path, writers = [] }) =>
    writers
      .filter((writer) => !isKnownWriter(facts, writer))
      .map((writer) =>
        found(facts, {
          code: 'writer_unknown',
          paths: [path],
          message: `${path} grants "${writer}" to write it, and there is no such workflow. Write workflow:<id> with the id of a workflow of this client.`,
          counterexample: { edits: everyField(facts), promise: { kind: 'applied', name: writer } },
        }),
      ),
  );
}

function isKnownWriter({ workflows }: PolicyFacts, writer: string): boolean {
  const id = GRANT.exec(writer)?.groups?.['workflow'];
  return id !== undefined && (workflows === undefined || workflows.includes(id));
}

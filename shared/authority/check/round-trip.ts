/**
 * What a system was given is what it says: `from(to(x))` is x under the field's normaliser. Tried on values that some
 * authority of the field can say, because no mapping holds everything: a flag cannot hold a name.
 */
import type { FieldValue } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { canonicalJson } from '#shared/model/json.ts';
import { canonicalForm, equalUnder } from '../equality.ts';
import type { FieldPolicy, PlainRule } from '../policy.ts';
import {
  canWrite,
  mappedField,
  mappersOf,
  receiversOf,
  rulingsOf,
  speakersOf,
  type PolicyFacts,
  type Ruling,
} from './facts.ts';
import type { Counterexample, Finding } from './finding.ts';
import { found } from './report.ts';
import { create, edit, opening, word } from './scene.ts';
import { echoOf, holdsValue, samplesFor } from './samples.ts';

export function checkRoundTrips(facts: PolicyFacts): readonly Finding[] {
  const seen = new Set<string>();
  return rulingsOf(facts).flatMap((ruling) => {
    const { field, rule } = ruling;
    if (rule.kind === 'ignored') return [];
    return mappersOf(facts, field.path).flatMap((system) => {
      const key = `${field.path} ${system}`;
      const broken = seen.has(key) ? undefined : firstBroken(facts, ruling, system);
      if (broken === undefined) return [];
      seen.add(key);
      return [notInverse(facts, ruling, system, broken)];
    });
  });
}

/** A value that the system may be given and does not say afterwards. */
function firstBroken(facts: PolicyFacts, { field, rule }: Ruling, system: SystemId): FieldValue | undefined {
  if (!canWrite(facts, system, field.path)) return undefined;
  const isTold = receiversOf(facts, field.path, rule).includes(system);
  // What is neither told nor made by us is never written there.
  if (!isTold && facts.policy.presence[system] === 'optional') return undefined;
  const sources = sourcesOf(facts, field, rule, system, isTold);
  const broken = samplesFor(facts, field).filter((value) => !holds(facts, field, system, value));
  if (isTold && rule.kind !== 'operator') return broken.find((value) => sources(value));
  // What others say of a field that is not theirs, or what operators set, may be anything: only a value that comes
  // out as another one, and not as none at all, is held against the mapping.
  return broken.find((value) => sources(value) && isChanged(facts, field, system, value));
}

/** Whether somebody else may say the value so that the system is given it. */
function sourcesOf(
  facts: PolicyFacts,
  field: FieldPolicy,
  rule: PlainRule,
  system: SystemId,
  isTold: boolean,
): (value: FieldValue) => boolean {
  const { path } = field;
  if (rule.kind === 'operator') return () => true;
  if (rule.kind === 'derived') {
    const { from } = rule;
    if (from.fn === 'lookup') {
      const outputs = [...Object.values(from.table), from.otherwise];
      return (value) => value.state === 'value' && outputs.includes(value.value);
    }
    // What is joined or chosen is text like its inputs.
    return (value) =>
      from.inputs.some((input) => isSayable(facts, { ...field, path: input }, input, null, value));
  }
  const others = isTold ? speakersOf(facts, path, rule) : mappersOf(facts, path);
  return (value) => others.some((one) => one !== system && holds(facts, field, one, value));
}

function isSayable(
  facts: PolicyFacts,
  field: FieldPolicy,
  path: FieldPolicy['path'],
  not: SystemId | null,
  value: FieldValue,
): boolean {
  return mappersOf(facts, path).some((system) => system !== not && holds(facts, field, system, value));
}

function holds(facts: PolicyFacts, field: FieldPolicy, system: SystemId, value: FieldValue): boolean {
  const mapped = mappedField(facts, system, field.path);
  return mapped !== undefined && holdsValue(facts, field, mapped, value);
}

function isChanged(facts: PolicyFacts, field: FieldPolicy, system: SystemId, value: FieldValue): boolean {
  const mapped = mappedField(facts, system, field.path);
  if (mapped === undefined) return false;
  const echo = echoOf(mapped, value);
  if (echo.state !== 'value') return false;
  const isLasting = equalUnder(facts.policy, field, echoOf(mapped, echo), echo);
  return isLasting && textOf(canonicalForm(facts.policy, field, echo)) !== textOf(value);
}

/** A value whatever its type: text that stands for a flag is not held against a mapping. */
function textOf(value: FieldValue): string {
  if (value.state !== 'value') return '';
  return typeof value.value === 'string' ? value.value : canonicalJson(value.value);
}

function notInverse(
  facts: PolicyFacts,
  { field, state, rule }: Ruling,
  system: SystemId,
  value: FieldValue,
): Finding {
  const mapped = mappedField(facts, system, field.path);
  const echo = mapped === undefined ? value : echoOf(mapped, value);
  return found(facts, {
    code: 'mapping_not_inverse',
    paths: [field.path],
    systems: [system],
    message: `${system} is given ${shown(value)} for ${field.path} and then says ${shown(echo)}. Correct the mapping so that from(to(x)) is x.`,
    counterexample: saidElsewhere(facts, field, state, rule, system, value),
  });
}

function saidElsewhere(
  facts: PolicyFacts,
  { path }: FieldPolicy,
  state: string,
  rule: PlainRule,
  system: SystemId,
  value: FieldValue,
): Counterexample {
  const promise: Counterexample['promise'] = { kind: 'says', sayings: [{ system, path, value }] };
  const isOwn = rule.kind === 'owner' && rule.system === system;
  const [other] = mappersOf(facts, path).filter((one) => one !== system);
  if (isOwn && other !== undefined) return { edits: [create(facts, other, { [path]: value })], promise };
  const said = word(facts, path, rule, value, system);
  const before = opening(facts, said.speaker ?? undefined, state);
  if (value.state !== 'cleared' || other === undefined) return { edits: [...before, ...said.edits], promise };
  // A field can only be emptied once it holds something.
  const filled = samplesFor(facts, { path, normaliser: 'exact' } as FieldPolicy).find(
    (one) => one.state === 'value',
  );
  const fill = filled === undefined ? [] : [edit(facts, other, { [path]: filled })];
  return { edits: [...before, ...fill, ...said.edits], promise };
}

/** A value as a sentence names it. */
function shown(value: FieldValue): string {
  switch (value.state) {
    case 'absent':
      return 'nothing that can be read';
    case 'cleared':
      return 'nothing';
    case 'value':
      return JSON.stringify(value.value);
  }
}

/**
 * What feeds what. A value goes from a native field of a system whose word counts to the canonical field, from there to
 * the native field of every system that is told, and from the inputs of a derivation to what is derived. Back to its own
 * field over an inverse mapping is the normal round; over a native field or a derivation that another field shares, a
 * value returns as a different one, and writes follow each other without end.
 */
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { checkedInputs } from './derivations.ts';
import {
  canWrite,
  distinct,
  fieldPolicy,
  holdersOf,
  mappersOf,
  receiversOf,
  rulingsOf,
  speakersOf,
  type PolicyFacts,
} from './facts.ts';
import type { Counterexample, Edit, Finding } from './finding.ts';
import { unheard } from './examples.ts';
import { found, listed } from './report.ts';
import { firstRule, opening, word } from './scene.ts';
import { twoValues } from './samples.ts';

export function checkFeeding(facts: PolicyFacts): readonly Finding[] {
  return [...mappedTwice(facts), ...sharedNatives(facts)];
}

/** One field, two native fields: what is read is not what is written. */
function mappedTwice(facts: PolicyFacts): readonly Finding[] {
  return holdersOf(facts).flatMap((system) => {
    const byPath = Map.groupBy(facts.mappings[system]?.fields ?? [], ({ path }) => path);
    return [...byPath]
      .filter(([, fields]) => fields.length > 1)
      .map(([path, fields]) => {
        const rule = firstRule(facts, path);
        return found(facts, {
          code: 'path_mapped_twice',
          paths: [path],
          systems: [system],
          message: `${system} maps ${path} to ${listed(fields.map(({ native }) => native))}: one of them is written and the other one read. Keep one.`,
          counterexample: unheard(facts, path, rule),
        });
      });
  });
}

/** A native field that several canonical fields are read from or written to. */
interface Shared {
  readonly system: SystemId;
  readonly native: string;
  readonly paths: readonly FieldPath[];
}

function sharedNatives(facts: PolicyFacts): readonly Finding[] {
  return holdersOf(facts).flatMap((system) => {
    const byNative = Map.groupBy(facts.mappings[system]?.fields ?? [], ({ native }) => native);
    return [...byNative].flatMap(([native, fields]) => {
      const paths = distinct(fields.map(({ path }) => path)).filter((path) => isCompared(facts, path));
      const written = paths.filter((path) => isWritten(facts, system, path));
      // Several fields that are only read from one are no chain: nothing comes back to it.
      if (paths.length < 2 || written.length === 0) return [];
      return [chain(facts, { system, native, paths: distinct([...written, ...paths]) })];
    });
  });
}

function isCompared(facts: PolicyFacts, path: FieldPath): boolean {
  return rulingsOf(facts).some(({ field, rule }) => field.path === path && rule.kind !== 'ignored');
}

function isWritten(facts: PolicyFacts, system: SystemId, path: FieldPath): boolean {
  if (!canWrite(facts, system, path)) return false;
  return rulingsOf(facts).some(
    ({ field, rule }) => field.path === path && receiversOf(facts, path, rule).includes(system),
  );
}

function chain(facts: PolicyFacts, shared: Shared): Finding {
  const { system, native, paths } = shared;
  const derived = paths.find((path) => checkedInputs(facts, path).some((input) => paths.includes(input)));
  const input =
    derived && paths.find((path) => path !== derived && checkedInputs(facts, derived).includes(path));
  if (derived !== undefined && input !== undefined) {
    return found(facts, {
      code: 'derivation_feeds_itself',
      paths: [derived, input],
      systems: [system],
      message: `${derived} is derived from ${input}, and ${system} holds both in ${native}: each derivation becomes its own input (${input} -> ${derived} -> ${system}.${native} -> ${input}). Map them to different native fields.`,
      counterexample: rivals(facts, shared, input, derived),
    });
  }
  const [first, second] = paths;
  return found(facts, {
    code: 'native_shared',
    paths,
    systems: [system],
    message: `${system} holds ${listed(paths)} in one native field, ${native}: whatever is written for one of them is read as the other (${paths.join(` -> ${system}.${native} -> `)}). Map them to different native fields.`,
    counterexample: rivals(facts, shared, second ?? first, first),
  });
}

/** Two fields are said to be different things, and one native field cannot say both. */
function rivals(
  facts: PolicyFacts,
  { system }: Shared,
  one: FieldPath | undefined,
  other: FieldPath | undefined,
): Counterexample {
  if (one === undefined || other === undefined)
    return { edits: opening(facts, system, undefined), promise: { kind: 'rests' } };
  const [value] = twoValues(facts, one);
  const said = speaking(facts, one, system, value);
  const answer = speaking(facts, other, system, twoValues(facts, other)[1]);
  const edits: readonly Edit[] = checkedInputs(facts, other).includes(one)
    ? said.edits
    : [...said.edits, ...answer.edits];
  return {
    edits: [...opening(facts, said.speaker ?? undefined, undefined), ...edits],
    promise: {
      kind: 'says',
      sayings: [
        { system, path: one, value: said.value },
        { system, path: other, value: answer.value },
      ],
    },
  };
}

function speaking(
  facts: PolicyFacts,
  path: FieldPath,
  system: SystemId,
  value: ReturnType<typeof twoValues>[0],
) {
  const rule = firstRule(facts, path) ?? { kind: 'ignored' as const, reason: '' };
  const able = speakersOf(facts, path, rule).length > 0 || fieldPolicy(facts, path) === undefined;
  return rule.kind === 'derived'
    ? word(facts, path, rule)
    : word(
        facts,
        path,
        able || mappersOf(facts, path).length === 0 ? rule : { kind: 'ignored', reason: '' },
        value,
        system,
      );
}

/** Systems that must hold a record can hold it, and whether they must can be decided. */
import { FieldPath, type SystemId } from '#shared/model/ids.ts';
import { lifecycleStates } from '../lifecycle.ts';
import type { Condition } from '../policy.ts';
import { declaredRules, fieldPolicy, holdersOf, isSaid, type PolicyFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { found, listed } from './report.ts';
import { create, opening, word } from './scene.ts';

export function checkPresence(facts: PolicyFacts): readonly Finding[] {
  return [...unmappedSystems(facts), ...undeclaredSystems(facts), ...undecidable(facts)];
}

function unmappedSystems(facts: PolicyFacts): readonly Finding[] {
  const { policy, mappings } = facts;
  return (Object.keys(policy.presence) as SystemId[])
    .filter((system) => mappings[system] === undefined)
    .map((system) =>
      found(facts, {
        code: 'system_unmapped',
        systems: [system],
        message: `The policy says that ${system} holds a ${policy.type}, and no mapping says how. Map the type in ${system}, or take ${system} out of its presence.`,
        counterexample: {
          edits: opening(facts, undefined, undefined),
          promise: { kind: 'exists', system },
        },
      }),
    );
}

function undeclaredSystems(facts: PolicyFacts): readonly Finding[] {
  const { policy, mappings } = facts;
  return (Object.keys(mappings) as SystemId[])
    .filter((system) => policy.presence[system] === undefined)
    .map((system) =>
      found(facts, {
        code: 'system_undeclared',
        systems: [system],
        message: `${system} maps the type ${policy.type}, and the policy does not say whether it must hold it. Declare ${system} as required, optional or on a condition.`,
        counterexample: {
          edits: [create(facts, system)],
          promise: { kind: 'compared', path: FieldPath(`@${system}`) },
        },
      }),
    );
}

/** Conditions over what nobody ever says: they hold for no record. */
function undecidable(facts: PolicyFacts): readonly Finding[] {
  const { policy } = facts;
  return (Object.keys(policy.presence) as SystemId[]).flatMap((system) => {
    const presence = policy.presence[system];
    if (presence === undefined || typeof presence === 'string') return [];
    const problems = problemsOf(facts, presence.when, true);
    const [first] = problems;
    if (first === undefined) return [];
    const start = holdersOf(facts).find((one) => one !== system);
    return [
      found(facts, {
        code: 'condition_undecidable',
        systems: [system],
        paths: problems.flatMap(({ path }) => (path === null ? [] : [path])),
        message: `Whether ${system} must hold a ${policy.type} depends on ${listed(problems.map(({ what }) => what))}, of which nobody ever says anything. Correct the condition.`,
        counterexample: {
          edits: [
            ...(start === undefined ? [] : [create(facts, start)]),
            ...fulfilling(facts, presence.when),
          ],
          promise: { kind: first.isPositive ? 'exists' : 'lacks', system },
        },
      }),
    ];
  });
}

interface Problem {
  readonly what: string;
  readonly path: FieldPath | null;
  /** Whether the record would have to be held if the condition could be met. */
  readonly isPositive: boolean;
}

function problemsOf(facts: PolicyFacts, condition: Condition, isPositive: boolean): readonly Problem[] {
  switch (condition.kind) {
    case 'has':
    case 'is': {
      const { field } = condition;
      if (isSaid(facts, field) && (condition.kind === 'has' || condition.oneOf.length > 0)) return [];
      return [{ what: field, path: field, isPositive }];
    }
    case 'lifecycle': {
      const known = lifecycleStates(facts.policy);
      const strange = condition.oneOf.filter((state) => !known.includes(state));
      const isEmpty = condition.oneOf.length === 0;
      if (strange.length === 0 && !isEmpty) return [];
      return [{ what: isEmpty ? 'no state' : `the state ${listed(strange)}`, path: null, isPositive }];
    }
    case 'not':
      return problemsOf(facts, condition.condition, !isPositive);
    case 'all':
      return condition.conditions.flatMap((one) => problemsOf(facts, one, isPositive));
  }
}

/** Makes true of a record what can be made true. */
function fulfilling(facts: PolicyFacts, condition: Condition): Finding['counterexample']['edits'] {
  switch (condition.kind) {
    case 'has':
    case 'is': {
      const field = fieldPolicy(facts, condition.field);
      const [rule] = field === undefined ? [] : declaredRules(facts.policy, field);
      if (rule === undefined || rule.kind === 'ignored') return [];
      const [value] = condition.kind === 'is' ? condition.oneOf : [];
      const wanted = value === undefined ? undefined : ({ state: 'value', value } as const);
      return word(facts, condition.field, rule, wanted).edits;
    }
    case 'all':
      return condition.conditions.flatMap((one) => fulfilling(facts, one));
    case 'lifecycle':
    case 'not':
      return [];
  }
}

import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import {
  canWrite,
  distinct,
  holdersOf,
  mappedField,
  receiversOf,
  rulingsOf,
  type PolicyFacts,
} from './facts.ts';
import type { Assumption } from './finding.ts';
import { listed } from './report.ts';

/** What no check before a deploy can prove. Each is guarded while it runs: by a read-back, or by M9's breaker. */
export function assumptionsOf(facts: PolicyFacts): readonly Assumption[] {
  return [...ofSystems(facts), ...ofOperators(facts), ...ofLosses(facts), ...ofGrants(facts)];
}

function ofSystems(facts: PolicyFacts): readonly Assumption[] {
  const { type } = facts.policy;
  return holdersOf(facts).flatMap((system) => {
    const paths = writtenTo(facts, system);
    if (paths.length === 0) return [];
    const natives = paths.map((path) => mappedField(facts, system, path)?.native ?? path);
    const systems = [system];
    return [
      {
        type,
        systems,
        paths,
        text: `What ${system} makes of a value that is written to ${listed(natives)}, it makes of its own form again: trimming or reformatting twice changes nothing more.`,
      },
      {
        type,
        systems,
        paths,
        text: `Writing ${listed(natives)} in ${system} changes no other native field that is mapped.`,
      },
      {
        type,
        systems,
        paths,
        text: `The mapping of ${system} gives back what it was given, beyond the representative values on which it was tried.`,
      },
    ];
  });
}

function writtenTo(facts: PolicyFacts, system: SystemId): readonly FieldPath[] {
  const written = rulingsOf(facts).filter(
    ({ field, rule }) =>
      receiversOf(facts, field.path, rule).includes(system) && canWrite(facts, system, field.path),
  );
  return distinct(written.map(({ field }) => field.path));
}

function ofOperators(facts: PolicyFacts): readonly Assumption[] {
  const ours = rulingsOf(facts).filter(({ rule }) => rule.kind === 'operator');
  const paths = distinct(ours.map(({ field }) => field.path));
  const systems = holdersOf(facts).filter((system) => paths.some((path) => canWrite(facts, system, path)));
  if (systems.length === 0) return [];
  const text = `Operators set ${listed(paths)} only to values that ${listed(systems)} can hold.`;
  return [{ type: facts.policy.type, systems, paths, text }];
}

function ofLosses(facts: PolicyFacts): readonly Assumption[] {
  const losses = Object.entries(facts.policy.onLoss ?? {}) as [SystemId, string][];
  const systems = losses.filter(([, loss]) => loss === 'propagate').map(([system]) => system);
  if (systems.length === 0) return [];
  const text = `An object that ${listed(systems)} ${systems.length === 1 ? 'says' : 'say'} is gone, on a read by id, was meant to be deleted.`;
  return [{ type: facts.policy.type, systems, paths: [], text }];
}

function ofGrants({ policy, workflows }: PolicyFacts): readonly Assumption[] {
  const granted = policy.fields.filter(({ writers }) => (writers?.length ?? 0) > 0);
  if (workflows !== undefined || granted.length === 0) return [];
  const names = distinct(granted.flatMap(({ writers = [] }) => writers));
  const text = `The client will have the workflows that are granted something: ${listed(names)}.`;
  return [{ type: policy.type, systems: [], paths: granted.map(({ path }) => path), text }];
}

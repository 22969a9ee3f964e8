/**
 * Proves, before a deploy, what a policy must keep for the mesh to come to rest with everybody saying the same: total
 * and disjoint ownership, writers that can write, no chain that feeds itself. Pure (M13). What it finds comes with edits
 * that break a promise; what it cannot prove comes as an assumption. The argument stands in `DESIGN.md`.
 */
import type { EntityType, SystemId } from '#shared/model/ids.ts';
import type { EntityPolicy } from '../policy.ts';
import { assumptionsOf } from './assumptions.ts';
import { checkAuthorities } from './authorities.ts';
import { checkCoverage } from './coverage.ts';
import { checkDerivations } from './derivations.ts';
import { distinct, type MappedEntity, type PolicyFacts } from './facts.ts';
import { checkFeeding } from './feeding.ts';
import type { CheckReport, Finding } from './finding.ts';
import { checkGroups } from './groups.ts';
import { checkLifecycle } from './lifecycle.ts';
import { checkLoss } from './loss.ts';
import { checkPresence } from './presence.ts';
import { found, listed } from './report.ts';
import { checkRoundTrips } from './round-trip.ts';
import { create } from './scene.ts';
import { checkWriters } from './writers.ts';

const CHECKS: readonly ((facts: PolicyFacts) => readonly Finding[])[] = [
  checkPresence,
  checkCoverage,
  checkGroups,
  checkLifecycle,
  checkAuthorities,
  checkWriters,
  checkDerivations,
  checkFeeding,
  checkRoundTrips,
  checkLoss,
];

/** Checks the policy of one entity type. */
export function checkPolicy(facts: PolicyFacts): CheckReport {
  return { findings: CHECKS.flatMap((check) => check(facts)), assumptions: assumptionsOf(facts) };
}

/** The parts of a client's definition that a check concerns. */
export interface ClientFacts {
  readonly entities: readonly EntityPolicy[];
  readonly mappings: Readonly<Record<SystemId, readonly MappedEntity[]>>;
  readonly workflows?: readonly string[];
}

/** Checks all policies of a client, and that every type that is mapped has one. */
export function checkClient(client: ClientFacts): CheckReport {
  const reports = client.entities.map((policy) => checkPolicy(factsOf(client, policy)));
  return {
    findings: [...typesOf(client), ...reports.flatMap(({ findings }) => findings)],
    assumptions: reports.flatMap(({ assumptions }) => assumptions),
  };
}

function factsOf(client: ClientFacts, policy: EntityPolicy): PolicyFacts {
  const mapped = (Object.entries(client.mappings) as [SystemId, readonly MappedEntity[]][]).flatMap(
    ([system, entities]) => {
      const mapping = entities.find(({ type }) => type === policy.type);
      return mapping === undefined ? [] : [[system, mapping] as const];
    },
  );
  const { workflows } = client;
  return { policy, mappings: Object.fromEntries(mapped), ...(workflows === undefined ? {} : { workflows }) };
}

function typesOf(client: ClientFacts): readonly Finding[] {
  const declared = client.entities.map(({ type }) => type);
  const twice = client.entities.filter(({ type }, index) => declared.indexOf(type) !== index);
  const mapped = distinct(
    Object.values(client.mappings).flatMap((entities) => entities.map(({ type }) => type)),
  );
  return [
    ...twice.map((policy) => {
      const facts = factsOf(client, policy);
      return found(facts, {
        code: 'type_declared_twice',
        message: `The client declares two policies for ${policy.type}, and only the first one is used. Keep one.`,
        counterexample: {
          edits: Object.keys(facts.mappings)
            .slice(0, 1)
            .map((system) => create(facts, system as SystemId)),
          promise: { kind: 'applied', name: `${policy.type}, declared again` },
        },
      });
    }),
    ...mapped.filter((type) => !declared.includes(type)).map((type) => withoutPolicy(client, type)),
  ];
}

function withoutPolicy(client: ClientFacts, type: EntityType): Finding {
  const nothing = { type, presence: {}, fields: [], region: 'US' } as unknown as EntityPolicy;
  const facts = factsOf(client, nothing);
  const systems = Object.keys(facts.mappings) as SystemId[];
  const [system] = systems;
  return found(facts, {
    code: 'type_without_policy',
    systems,
    message: `${listed(systems)} map the type ${type}, and no policy says what holds true of it. Declare one or drop the mappings.`,
    counterexample: {
      edits: system === undefined ? [] : [create(facts, system)],
      promise: { kind: 'judged', dimension: nothing.presenceDimension },
    },
  });
}

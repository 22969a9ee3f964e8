/** What a loss means elsewhere: one system at most may take the record away from all others by itself. */
import type { SystemId } from '#shared/model/ids.ts';
import type { LossPolicy } from '../policy.ts';
import { holdersOf, type PolicyFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { everyField } from './examples.ts';
import { found, listed } from './report.ts';
import { opening } from './scene.ts';

export function checkLoss(facts: PolicyFacts): readonly Finding[] {
  return [...inCircle(facts), ...ofStrangers(facts), ...unknownDimensions(facts)];
}

/**
 * Where two systems propagate their losses, each deletion that we make in one of them is a loss there, which deletes
 * in the other: whatever goes first, nobody keeps the record, and a wrong deletion anywhere ends it everywhere. With one
 * such system the others' losses go no further, and there is one place to protect.
 */
function inCircle(facts: PolicyFacts): readonly Finding[] {
  const holders = holdersOf(facts);
  const spreading = lossesOf(facts).filter(
    ([system, loss]) => loss === 'propagate' && holders.includes(system),
  );
  const systems = spreading.map(([system]) => system);
  const [kept, lost] = systems;
  if (kept === undefined || lost === undefined) return [];
  return [
    found(facts, {
      code: 'loss_circular',
      systems,
      message: `A loss in ${listed(systems)} alike deletes the record everywhere, so that one wrong deletion in any of them leaves nobody who has it. Let one of them propagate, and the others ask or unlink.`,
      counterexample: {
        edits: [
          ...opening(facts, kept, undefined),
          { kind: 'remove', system: lost, object: facts.mappings[lost]?.object ?? facts.policy.type },
        ],
        promise: { kind: 'exists', system: kept },
      },
    }),
  ];
}

function ofStrangers(facts: PolicyFacts): readonly Finding[] {
  const strangers = lossesOf(facts).filter(([system]) => facts.policy.presence[system] === undefined);
  return strangers.map(([system]) =>
    found(facts, {
      code: 'loss_of_stranger',
      systems: [system],
      message: `The policy says what a loss in ${system} means, and ${system} holds no ${facts.policy.type}. Correct the name or remove it.`,
      counterexample: { edits: everyField(facts), promise: { kind: 'applied', name: `lost in ${system}` } },
    }),
  );
}

function lossesOf({ policy }: PolicyFacts): readonly (readonly [SystemId, LossPolicy])[] {
  return Object.entries(policy.onLoss ?? {}) as [SystemId, LossPolicy][];
}

/** Dimensions that are trusted and that nothing stands in. */
function unknownDimensions(facts: PolicyFacts): readonly Finding[] {
  const { policy } = facts;
  const known = [policy.presenceDimension, ...policy.fields.map(({ dimension }) => dimension)];
  return (policy.trusted ?? [])
    .filter((dimension) => !known.includes(dimension))
    .map((dimension) =>
      found(facts, {
        code: 'dimension_unknown',
        message: `The policy trusts the dimension ${dimension}, in which no field stands. Correct its name or remove it.`,
        counterexample: { edits: everyField(facts), promise: { kind: 'judged', dimension } },
      }),
    );
}

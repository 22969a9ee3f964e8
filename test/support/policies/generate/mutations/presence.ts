import { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import { rewritten, type Mutation } from './mutation.ts';

/** Breaks what a policy says of presence, losses and dimensions. */
export const PRESENCE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'two systems spread their losses',
    code: 'loss_circular',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        onLoss: Object.fromEntries(
          Object.keys(policy.presence).map((system) => [system, 'propagate'] as const),
        ),
      })),
  },
  {
    name: 'a loss in a system that holds nothing has a meaning',
    code: 'loss_of_stranger',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        onLoss: { ...policy.onLoss, [SystemId('ledger')]: 'unlink' },
      })),
  },
  {
    name: 'a dimension is trusted that there is not',
    code: 'dimension_unknown',
    apply: (original) =>
      rewritten(original, (policy) => ({
        ...policy,
        trusted: [...(policy.trusted ?? []), Dimension('profil')],
      })),
  },
  {
    name: 'presence depends on a field that there is not',
    code: 'condition_undecidable',
    apply(original) {
      const system = (Object.keys(original.policy.presence) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const when = { kind: 'has', field: FieldPath('vat') } as const;
      return rewritten(original, (policy) => ({
        ...policy,
        presence: { ...policy.presence, [system]: { when } },
      }));
    },
  },
  {
    name: 'presence depends on a state that there is not',
    code: 'condition_undecidable',
    apply(original) {
      const system = (Object.keys(original.policy.presence) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const when = { kind: 'not', condition: { kind: 'lifecycle', oneOf: ['archvied'] } } as const;
      return rewritten(original, (policy) => ({
        ...policy,
        presence: { ...policy.presence, [system]: { when } },
      }));
    },
  },
  {
    name: 'a system that maps the type is not declared',
    code: 'system_undeclared',
    apply(original) {
      const system = (Object.keys(original.policy.presence) as SystemId[]).at(-1);
      if (system === undefined) return undefined;
      const { [system]: _dropped, ...presence } = original.policy.presence;
      return rewritten(original, (policy) => ({ ...policy, presence }));
    },
  },
];

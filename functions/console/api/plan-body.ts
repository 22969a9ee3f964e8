/** What somebody asks to have planned, in the form that the API takes, and what is wrong with it. */
import { z } from 'zod';
import { initialLifecycle } from '#shared/authority/lifecycle.ts';
import { isOurs, unitOf } from '#shared/authority/rules.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import { FieldPath, PlanId, type RunId, type SystemId } from '#shared/model/ids.ts';
import type { Override, PlanDirection } from '#shared/model/plan.ts';
import { LOSS_OVERRIDES, PLAN_KINDS } from '#shared/model/plan.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import {
  dimensionName,
  entityTypeName,
  guardName,
  instantText,
  reasonText,
  recordIdText,
  systemName,
} from './schemas.ts';

/** Records that one plan may name; more of them are found by a query. */
export const MOST_NAMED = 5_000;

/** The path of one plan. */
export const PlanParamsSchema = z.strictObject({
  id: z
    .string()
    .regex(/^plan_\w{1,60}$/, 'must be the id of a plan, such as plan_01ARZ3NDEKTSV4RRFFQ69G5FAV.')
    .transform(PlanId),
});

const fieldName = z
  .string()
  .regex(/^@?[a-z][a-zA-Z0-9-]{0,60}$/, 'must be the name of a field, such as meta lists them.')
  .transform(FieldPath);

const ownValue = z
  .union([z.string().max(60_000), z.number(), z.boolean(), z.record(z.string(), z.string()), z.null()])
  .transform((value) => (value === null ? CLEARED : valueOf(value)));

const OverrideSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('from'), system: systemName }),
  z.strictObject({ kind: z.literal('golden') }),
  z.strictObject({ kind: z.literal('value'), value: ownValue }),
  z.strictObject({
    kind: z.literal('tolerate'),
    until: instantText,
    owner: z.string().trim().min(1).max(100),
    reason: reasonText,
  }),
  z.strictObject({ kind: z.literal('hold'), reason: reasonText }),
  z.strictObject({ kind: z.literal('lift') }),
  ...LOSS_OVERRIDES.map((kind) => z.strictObject({ kind: z.literal(kind) })),
]);

const DirectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('by_owner') }),
  z.strictObject({ kind: z.literal('from'), system: systemName }),
  z.strictObject({ kind: z.literal('none') }),
]);

const SelectionSchema = z.union(
  [
    z.strictObject({ recordIds: z.array(recordIdText).min(1).max(MOST_NAMED) }),
    z.strictObject({
      query: z.strictObject({
        type: entityTypeName,
        dimension: dimensionName.optional(),
        class: z.enum(Object.values(Verdict), { error: 'must be one of the verdicts in meta.' }).optional(),
        cause: z.enum(Object.values(CauseCode), { error: 'must be one of the causes in meta.' }).optional(),
        path: fieldName.optional(),
        systems: z.array(systemName).max(10).optional(),
      }),
    }),
    /** The records of a group of open discrepancies. */
    z.strictObject({ group: z.string().min(1).max(500) }),
    /** What a run wrote, to be taken back. */
    z.strictObject({
      run: z
        .string()
        .regex(/^run_\w{1,60}$/, 'must be the id of a run, such as run_0123456789abcdef.')
        .transform((id) => id as RunId),
    }),
    /** Everything that a mass guard holds. */
    z.strictObject({ guard: guardName }),
    /** Items of an operation that were refused or failed, to be looked at anew. */
    z.strictObject({ refusedOf: PlanParamsSchema.shape.id }),
  ],
  {
    error:
      'must name recordIds, a query, a group, a guard, a run, or the plan whose refused items are meant.',
  },
);

/**
 * Bytes of all values that one plan sets. A record keeps each about nine times (as held, as seen, accepted, written and
 * stored in two systems), and a document holds 1 MiB.
 */
const MOST_VALUE_BYTES = 64 * 1_024;

function bytesOf(overrides: Readonly<Record<string, Override>>): number {
  const values = Object.values(overrides).filter(({ kind }) => kind === 'value');
  return Buffer.byteLength(JSON.stringify(values));
}

export const PlanBodySchema = z
  .strictObject({
    kind: z.enum(PLAN_KINDS, { error: `must be one of ${PLAN_KINDS.join(', ')}.` }).default('reconcile'),
    selection: SelectionSchema,
    direction: DirectionSchema.default({ kind: 'by_owner' }),
    overrides: z.record(fieldName, OverrideSchema).default({}),
    /** Text of a CSV file: systems as columns, ids of the objects of one entity as rows. */
    crosswalk: z.string().max(200_000).optional(),
    reason: reasonText.optional(),
  })
  .refine(({ overrides }) => bytesOf(overrides) <= MOST_VALUE_BYTES, {
    path: ['overrides'],
    message: `set at most ${MOST_VALUE_BYTES} bytes of values.`,
  })
  .refine(({ kind, selection }) => (kind === 'undo') === 'run' in selection, {
    path: ['selection'],
    message: 'names a run exactly where the kind is undo.',
  })
  .refine(({ kind, selection }) => (kind === 'mass') === 'guard' in selection, {
    path: ['selection'],
    message: 'names a guard exactly where the kind is mass.',
  })
  .refine(
    ({ kind, direction, overrides }) =>
      kind !== 'mass' || (direction.kind === 'by_owner' && Object.keys(overrides).length === 0),
    { path: ['direction'], message: 'is by_owner and nothing else for what a guard holds.' },
  )
  .refine(({ kind, selection }) => kind !== 'onboarding' || 'query' in selection, {
    path: ['selection'],
    message: 'must be a query for an onboarding plan.',
  })
  .refine(
    ({ kind, selection, crosswalk }) =>
      (kind === 'crosswalk') === (crosswalk !== undefined && 'query' in selection),
    {
      path: ['crosswalk'],
      message: 'is given exactly where the kind is crosswalk, beside a query that names the type.',
    },
  );

export type PlanBody = z.output<typeof PlanBodySchema>;

/** The direction that the body asks for. */
export function directionOf({ direction, overrides }: PlanBody): PlanDirection {
  return { default: direction, overrides };
}

/** Members that name what the client does not have; none when all is well. */
export function unknownNames(
  client: ClientDefinition,
  { selection, direction, overrides }: PlanBody,
  now: string,
): Readonly<Record<string, string>> {
  const query = 'query' in selection ? selection.query : null;
  const entities = client.entities.filter(({ type }) => query === null || type === query.type);
  const systems = [
    ...(direction.kind === 'from' ? [direction.system] : []),
    ...(query?.systems ?? []),
    ...Object.values(overrides).flatMap((override) => (override.kind === 'from' ? [override.system] : [])),
  ];
  return Object.fromEntries([
    ...(entities.length === 0 ? [['type', 'is no entity type of this client.']] : []),
    ...systems
      .filter((system) => !isSystem(client, system))
      .map((system) => [system, 'is no system of this client.']),
    ...(Object.entries(overrides) as [FieldPath, Override][]).flatMap(([path, override]) => {
      const problem = problemOf(entities, path, override, now);
      return problem === null ? [] : [[path, problem]];
    }),
  ] as [string, string][]);
}

function isSystem({ systems }: ClientDefinition, system: SystemId): boolean {
  return systems.includes(system);
}

function problemOf(
  entities: ClientDefinition['entities'],
  path: FieldPath,
  override: Override,
  now: string,
): string | null {
  const isAboutLoss = LOSS_OVERRIDES.some((kind) => kind === override.kind);
  const [, system] = /^@(.+)$/.exec(path) ?? [];
  if (system !== undefined) {
    if (!entities.some(({ presence }) => Object.hasOwn(presence, system)))
      return 'is no system of the records that are meant.';
    return isAboutLoss ? null : `is decided by ${LOSS_OVERRIDES.join(', ')} alone.`;
  }
  if (isAboutLoss) return 'is no system: what a loss means is said of @ and the name of one.';
  const units = entities.flatMap((policy) => unitOf(policy, initialLifecycle(policy), path) ?? []);
  if (units.length === 0) return 'is no field of the records that are meant.';
  const changes = ['from', 'golden', 'value'].includes(override.kind);
  if (changes && units.every(({ rule }) => isOurs(rule)))
    return 'is set on the record itself or derived from other fields; no plan decides it.';
  if (changes && units.every(({ rule }) => rule?.kind === 'ignored')) return 'is not compared.';
  if (override.kind === 'tolerate' && override.until <= now) return 'until must lie in the future.';
  return null;
}

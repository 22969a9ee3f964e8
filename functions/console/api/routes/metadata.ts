import { z } from 'zod';
import { unitOf } from '#shared/authority/rules.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import {
  attributes,
  type Attribute,
  type AttributeDefinition,
  type AttributesDocument,
} from '#shared/model/attributes.ts';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability, may, type Role } from '#shared/model/capabilities.ts';
import { CONCORD, FieldPath, type RecordId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import { addMark } from '#shared/workflows/sync-record/marks.ts';
import { emptyWork, taskOfWork } from '#shared/workflows/sync-record/wake.ts';
import { checkAttribute } from '../attribute-values.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { policyOf } from '../entity-policies.ts';
import { isCurrent, strongTag } from '../etag.ts';
import { sightOf } from '../masking.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import { NOTHING, reasonText, RecordParamsSchema } from '../schemas.ts';

const attributeValue: z.ZodType<JsonValue> = z.union(
  [z.null(), z.boolean(), z.number(), z.string().max(10_000)],
  { error: 'must be text, a number, true, false, or null to clear it.' },
);

const MetadataPatchSchema = z.strictObject({
  values: z
    .record(z.string().min(1).max(100), attributeValue)
    .refine((values) => Object.keys(values).length > 0, 'must name an attribute at least.'),
  reason: reasonText.optional(),
});

type MetadataPatch = z.output<typeof MetadataPatchSchema>;

export const METADATA_ROUTES: readonly Route[] = [
  readRoute({
    path: '/records/:id/metadata',
    capability: Capability.readRecords,
    params: RecordParamsSchema,
    query: NOTHING,
    async read(context, { params, operator }) {
      const { client } = await context.load();
      const { record, stored } = await load(context, params.id);
      if (record === undefined) return notFound('record', params.id);
      const body = {
        ...metadataView(client, record.value, stored?.value ?? null, operator.role),
        asOf: toInstant(context.ports.clock.now()),
      };
      // A hash of values that are hidden would let them be guessed.
      return may(operator.role, Capability.readSensitive)
        ? { kind: 'found', body, etag: strongTag(stored?.value ?? null) }
        : { kind: 'found', body };
    },
  }),
  writeRoute({
    method: 'PATCH',
    path: '/records/:id/metadata',
    capability: Capability.writeAttributes,
    needsVersion: true,
    params: RecordParamsSchema,
    body: MetadataPatchSchema,
    decide: changeMetadata,
  }),
];

interface Loaded {
  readonly record: Snapshot<RecordDocument> | undefined;
  readonly stored: Snapshot<AttributesDocument> | undefined;
  readonly work: Snapshot<WorkDocument> | undefined;
}

async function load({ ports }: ApiContext, id: RecordId): Promise<Loaded> {
  const [record, stored, work] = await ports.store.getAll([
    records.at(id),
    attributes.at(id),
    workCollection.at(id),
  ] as const);
  return { record, stored, work };
}

async function changeMetadata(
  context: ApiContext,
  { params: { id }, body, operator, ifMatch }: WriteCall<{ readonly id: RecordId }, MetadataPatch>,
): Promise<Decided | Refusal> {
  const { client } = await context.load();
  const { record, stored, work } = await load(context, id);
  if (record === undefined) return notFound('record', id);
  if (record.value.state === 'merged')
    return refuse(
      'conflict',
      `It was merged into ${record.value.mergedInto ?? 'another record'}; change that one.`,
    );
  const before = stored?.value ?? null;
  if (!isCurrent(ifMatch, strongTag(before)))
    return refuse('precondition_failed', 'The attributes were changed since you read them; read them again.');
  const now = context.ports.clock.now();
  const changed = changedValues(client, record.value, body, { by: operator.id, at: toInstant(now) });
  if (changed.kind === 'refused') return changed;
  const after: AttributesDocument = { recordId: id, values: { ...before?.values, ...changed.values } };
  const owed = owingComparison(id, work, now);
  return {
    kind: 'decided',
    writes: [
      stored === undefined ? create(attributes.at(id), after) : set(attributes.at(id), after, stored.version),
      owed.write,
    ],
    tasks: [owed.task],
    status: 200,
    body: metadataView(client, record.value, after, operator.role),
    etag: strongTag(after),
    audit: {
      action: AuditAction.changeAttributes,
      target: { kind: 'record', id },
      reason: body.reason ?? null,
      before: told(before, changed.values),
      after: told(after, changed.values),
    },
  };
}

/** The record owes a comparison: fields with the rule `operator` take their value from here. */
function owingComparison(
  id: RecordId,
  work: Snapshot<WorkDocument> | undefined,
  now: number,
): { readonly write: Write; readonly task: Task | undefined } {
  const hint = { system: CONCORD, vendorTime: null, lane: 'operator' as const, evidence: [] };
  const marked = addMark(work?.value ?? emptyWork(id), hint, 0, now);
  const ref = workCollection.at(id);
  return {
    write: work === undefined ? create(ref, marked.work) : set(ref, marked.work, work.version),
    task: marked.needsTask ? taskOfWork(marked.work, now) : undefined,
  };
}

type Changed =
  | { readonly kind: 'changed'; readonly values: Readonly<Record<FieldPath, Attribute>> }
  | Refusal;

function changedValues(
  client: ClientDefinition,
  record: RecordDocument,
  { values }: MetadataPatch,
  author: Omit<Attribute, 'value'>,
): Changed {
  const definitions = definitionsOf(client, record);
  const problems: Record<string, string> = {};
  const changed: Record<FieldPath, Attribute> = {};
  for (const [path, given] of Object.entries(values)) {
    const definition = definitions.find((one) => one.path === path);
    const checked =
      definition === undefined
        ? {
            status: 'invalid' as const,
            message: 'is no attribute of this type; see meta for those that are.',
          }
        : checkAttribute(definition, given);
    if (checked.status === 'invalid') problems[`values.${path}`] = checked.message;
    else changed[FieldPath(path)] = { ...author, value: checked.value };
  }
  return Object.keys(problems).length === 0
    ? { kind: 'changed', values: changed }
    : refuse('invalid_request', 'Some attributes cannot be set like this.', { fields: problems });
}

function metadataView(
  client: ClientDefinition,
  record: RecordDocument,
  stored: AttributesDocument | null,
  role: Role,
): object {
  const policy = policyOf(client, record.type);
  const sight = sightOf(role, policy);
  const seesAll = may(role, Capability.readSensitive);
  return {
    recordId: record.id,
    attributes: definitionsOf(client, record).map(({ path, label, value, isSensitive = false }) => {
      const attribute = stored?.values[path];
      const isMasked = sight.isHidden(path) || (isSensitive && !seesAll);
      return {
        path,
        label,
        ...value,
        isMasked,
        /** Whether it is the value of a field, and so may reach other systems. */
        isField: unitOf(policy, record.lifecycle, path)?.rule?.kind === 'operator',
        value: isMasked ? { state: 'masked' } : (attribute?.value ?? { state: 'absent' }),
        by: isMasked ? null : (attribute?.by ?? null),
        at: isMasked ? null : (attribute?.at ?? null),
      };
    }),
  };
}

function definitionsOf(client: ClientDefinition, record: RecordDocument): readonly AttributeDefinition[] {
  return client.attributes?.[record.type] ?? [];
}

/** The values that an act changed, as they were or are. */
function told(document: AttributesDocument | null, changed: Readonly<Record<string, unknown>>): JsonValue {
  return Object.fromEntries(
    Object.keys(changed).map((path) => {
      const value = document?.values[FieldPath(path)]?.value;
      return [path, value === undefined ? null : { ...value }];
    }),
  );
}

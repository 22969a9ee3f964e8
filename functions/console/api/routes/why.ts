import { z } from 'zod';
import { Capability } from '#shared/model/capabilities.ts';
import { FieldPath, type RecordId, type SystemId } from '#shared/model/ids.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { records } from '#shared/model/record.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import { explain, type WhyLink } from '#shared/workflows/explain/why.ts';
import type { ApiContext, ReadCall } from '../context.ts';
import { sentenceOf } from '../discrepancy-view.ts';
import { policyOf } from '../entity-policies.ts';
import { sightOf, type Sight } from '../masking.ts';
import { notFound, refuse, type Refusal } from '../problem.ts';
import { readRoute, type Found, type Route } from '../route.ts';
import { instantText, RecordParamsSchema, systemName } from '../schemas.ts';

const WhyQuerySchema = z.strictObject({
  field: z.string().min(1).max(100).transform(FieldPath),
  system: systemName,
  at: instantText.optional(),
});

interface Question {
  readonly field: FieldPath;
  readonly system: SystemId;
  readonly at?: Instant | undefined;
}

export const WHY_ROUTES: readonly Route[] = [
  readRoute({
    path: '/records/:id/why',
    capability: Capability.readRecords,
    params: RecordParamsSchema,
    query: WhyQuerySchema,
    read: readWhy,
  }),
];

async function readWhy(
  context: ApiContext,
  { params, query, operator }: ReadCall<{ readonly id: RecordId }, Question>,
): Promise<Found | Refusal> {
  const { client } = await context.load();
  const stored = await context.ports.store.get(records.at(params.id));
  if (stored === undefined) return notFound('record', params.id);
  const policy = policyOf(client, stored.value.type);
  const { field: path, system, at = null } = query;
  const fields: Record<string, string> = {};
  if (!policy.fields.some((one) => one.path === path)) fields['field'] = 'is no field of this type.';
  if (policy.presence[system] === undefined) fields['system'] = 'is no system that holds this type.';
  if (Object.keys(fields).length > 0)
    return refuse('invalid_request', 'There is nothing to explain about that.', { fields });
  const answer = await explain({ ports: context.ports, client }, policy, {
    recordId: params.id,
    path,
    system,
    at,
  });
  if (answer === undefined) return notFound('record', params.id);
  const sight = sightOf(operator.role, policy);
  const { stoppedBy } = answer;
  return {
    kind: 'found',
    body: {
      recordId: params.id,
      field: path,
      system,
      at,
      says: sight.tell(path, answer.says),
      holdsTrue: sight.tell(path, answer.holdsTrue),
      rule: answer.rule,
      chain: answer.chain.map((link) => toldLink(link, path, sight)),
      stoppedBy:
        stoppedBy === null
          ? null
          : {
              code: stoppedBy.code,
              verdict: stoppedBy.verdict,
              ...told(sentenceOf({ ...stoppedBy, cause: stoppedBy.code, type: answer.record.type }, sight)),
            },
      asOf: toInstant(context.ports.clock.now()),
    },
  };
}

function told({ sentence, suggestions, family }: ReturnType<typeof sentenceOf>): object {
  return { sentence, suggestions, family };
}

/** Values in it are hidden like those of the field itself; a code with which a vendor refused is none. */
function toldLink(link: WhyLink, path: FieldPath, sight: Sight): object {
  if (!('before' in link)) return link;
  const tell = (value: string | FieldValue | null) =>
    typeof value === 'object' && value !== null ? sight.tell(path, value) : value;
  return { ...link, before: tell(link.before), after: tell(link.after) };
}

import { z } from 'zod';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { discrepancies, type Discrepancy } from '#shared/model/discrepancy.ts';
import { CONCORD, type RecordId, type SystemId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { CauseCode } from '#shared/model/vocabulary.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { set, type Query, type Snapshot } from '#shared/ports/document-store.ts';
import { addMark } from '#shared/workflows/sync-record/marks.ts';
import { taskOfWork } from '#shared/workflows/sync-record/wake.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { refuse, type Refusal } from '../problem.ts';
import { writeRoute, type Decided, type Route } from '../route.ts';
import { dimensionName, entityTypeName, NOTHING, reasonText, recordIdText } from '../schemas.ts';

/** Records that one call checks at most: each is a look at every system that holds it, before anything else. */
const MOST_RECORDS = 200;

const ChecksBodySchema = z.strictObject({
  reason: reasonText.optional(),
  selection: z.union(
    [
      z.strictObject({ recordIds: z.array(recordIdText).min(1).max(MOST_RECORDS) }),
      z.strictObject({
        /** Records with an open discrepancy of the kind named. */
        discrepancies: z.strictObject({
          group: z.string().min(1).max(500).optional(),
          cause: z.enum(Object.values(CauseCode), { error: 'must be one of the causes in meta.' }).optional(),
          type: entityTypeName.optional(),
          dimension: dimensionName.optional(),
        }),
      }),
    ],
    { error: `must name up to ${MOST_RECORDS} recordIds, or the discrepancies whose records are meant.` },
  ),
});

type ChecksBody = z.output<typeof ChecksBodySchema>;

export const CHECK_ROUTES: readonly Route[] = [
  writeRoute({
    method: 'POST',
    path: '/checks',
    capability: Capability.check,
    params: NOTHING,
    body: ChecksBodySchema,
    decide: requestChecks,
  }),
];

/** Owes a look at every system of each record, as urgently as people are served. Reads at vendors, and writes nothing. */
async function requestChecks(
  { ports }: ApiContext,
  { body, callId }: WriteCall<unknown, ChecksBody>,
): Promise<Decided | Refusal> {
  const { store, clock } = ports;
  const chosen = await selected(store, body.selection);
  const read = await store.getAll([
    ...chosen.ids.map((id) => records.at(id)),
    ...chosen.ids.map((id) => workCollection.at(id)),
  ]);
  const parties = chosen.ids.map((id, index) => ({
    id,
    record: (read[index] as Snapshot<RecordDocument> | undefined)?.value,
    work: read[chosen.ids.length + index] as Snapshot<WorkDocument> | undefined,
  }));
  const fields = Object.fromEntries(
    parties.flatMap(({ id, record }) => {
      const problem = problemOf(record);
      return problem === null ? [] : [[id, problem]];
    }),
  );
  if (Object.keys(fields).length > 0)
    return refuse('invalid_request', 'Some of what was chosen cannot be checked.', { fields });
  const now = clock.now();
  const owing = parties.flatMap(({ record, work }) =>
    record === undefined || work === undefined ? [] : [{ work, owed: owingLooks(record, work.value, now) }],
  );
  const checked = { records: owing.length, left: chosen.left };
  return {
    kind: 'decided',
    writes: owing.map(({ work, owed }) => set(work.ref, owed, work.version)),
    tasks: owing.map(({ owed }) => taskOfWork(owed, now)),
    status: 202,
    body: { checkId: callId, recordIds: chosen.ids, ...checked },
    audit: {
      action: AuditAction.requestCheck,
      target: {
        kind: 'record',
        id: chosen.ids.length === 1 ? (chosen.ids[0] ?? '') : `${chosen.ids.length} records`,
      },
      reason: body.reason ?? null,
      before: null,
      after: { recordIds: chosen.ids, ...checked },
      result: 'accepted',
    },
  };
}

interface Selected {
  readonly ids: readonly RecordId[];
  /** Discrepancies of the selection that were not reached. */
  readonly left: number;
}

/** The worst and oldest first; those that it settles make room for the rest of them in the next call. */
async function selected(
  store: ApiContext['ports']['store'],
  selection: ChecksBody['selection'],
): Promise<Selected> {
  if ('recordIds' in selection) return { ids: [...new Set(selection.recordIds)], left: 0 };
  const { group, cause, type, dimension } = selection.discrepancies;
  const equal = [
    ['groupKey', group],
    ['cause', cause],
    ['type', type],
    ['dimension', dimension],
  ] as const;
  const where: NonNullable<Query<Discrepancy>['where']> = [
    ['isOpen', '==', true],
    ...equal.flatMap(([field, value]) => (value === undefined ? [] : [[field, '==', value] as const])),
  ];
  const found = await store.query({
    from: discrepancies.ref,
    where,
    orderBy: [
      ['severity', 'desc'],
      ['openedAt', 'asc'],
    ],
    limit: MOST_RECORDS,
  });
  const total =
    found.length < MOST_RECORDS ? found.length : await store.count({ from: discrepancies.ref, where });
  return { ids: [...new Set(found.map(({ value }) => value.recordId))], left: total - found.length };
}

function problemOf(record: RecordDocument | undefined): string | null {
  if (record === undefined) return 'is no record.';
  return record.state === 'merged' ? `was merged into ${record.mergedInto ?? 'another record'}.` : null;
}

function owingLooks(record: RecordDocument, work: WorkDocument, now: number): WorkDocument {
  const linked = Object.keys(record.links) as SystemId[];
  return (linked.length === 0 ? [CONCORD] : linked).reduce(
    (owing, system) =>
      addMark(owing, { system, vendorTime: null, lane: 'operator', evidence: [] }, 0, now).work,
    work,
  );
}

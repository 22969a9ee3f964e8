import type { Candidate } from '#shared/model/discrepancy.ts';
import { crosswalkRef } from '#shared/model/identity-documents.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { SyncContext } from './context.ts';

/**
 * The records of the objects that a vendor answered with in place of this record's own: it has merged them, and
 * somebody has to say whether the records are to follow (M16). Reads nothing where no vendor did.
 */
export async function survivingRecords(
  { ports }: Pick<SyncContext, 'ports'>,
  record: RecordDocument,
): Promise<readonly Candidate[]> {
  const refs = (Object.keys(record.links) as SystemId[]).flatMap((system) => {
    const { state, answeredId } = record.links[system] ?? {};
    return state === 'foreign' && answeredId !== undefined
      ? [crosswalkRef(system, record.type, answeredId)]
      : [];
  });
  if (refs.length === 0) return [];
  const known = await ports.store.getAll(refs);
  return known.flatMap((crosswalk) =>
    crosswalk === undefined || crosswalk.value.recordId === record.id || crosswalk.value.state === 'deleted'
      ? []
      : [{ recordId: crosswalk.value.recordId, evidence: 'merged_by_vendor' }],
  );
}

import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { EntityType, NativeId, RecordId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { Role } from '#shared/model/capabilities.ts';
import type { Verdict } from '#shared/model/vocabulary.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import type { ApiContext } from './context.ts';
import { policyOf } from './entity-policies.ts';
import { sightOf } from './masking.ts';
import { titleOf } from './record-title.ts';
import { pendingSystems, standingsOf, worstOf } from './standing.ts';

/** A record in a list. */
export interface RecordRow {
  readonly id: RecordId;
  readonly type: EntityType;
  readonly title: string;
  readonly state: RecordDocument['state'];
  readonly mergedInto: RecordId | null;
  readonly lifecycle: string;
  /** Native ids by system, of those that hold it. */
  readonly ids: Readonly<Record<SystemId, NativeId>>;
  readonly worst: { readonly verdict: Verdict; readonly dimensions: number };
  /** The oldest of its dimensions; null while one was never compared. */
  readonly verifiedAt: Instant | null;
  /** Systems that are owed a look. */
  readonly pending: readonly SystemId[];
  readonly createdAt: Instant;
}

/** Rows of records, in their order, with one read for what is owed to all of them. */
export async function toRecordRows(
  { ports }: Pick<ApiContext, 'ports'>,
  client: ClientDefinition,
  role: Role,
  found: readonly RecordDocument[],
): Promise<readonly RecordRow[]> {
  if (found.length === 0) return [];
  const works = await ports.store.getAll(found.map(({ id }) => workCollection.at(id)));
  const now = ports.clock.now();
  return found.map((record, index) => rowOf(client, role, { record, work: works[index]?.value, now }));
}

/** Rows of the records with these ids; those that are gone are left out. */
export async function rowsOfIds(
  context: Pick<ApiContext, 'ports'>,
  client: ClientDefinition,
  role: Role,
  ids: readonly RecordId[],
): Promise<readonly RecordRow[]> {
  if (ids.length === 0) return [];
  const found = await context.ports.store.getAll(ids.map((id) => records.at(id)));
  return toRecordRows(
    context,
    client,
    role,
    found.flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.value])),
  );
}

interface Standing {
  readonly record: RecordDocument;
  readonly work: WorkDocument | undefined;
  readonly now: number;
}

function rowOf(client: ClientDefinition, role: Role, { record, work, now }: Standing): RecordRow {
  const policy = policyOf(client, record.type);
  const standings = standingsOf(policy, record, work, now);
  const verdict = worstOf(standings);
  const times = standings.map(({ verifiedAt }) => verifiedAt);
  return {
    id: record.id,
    type: record.type,
    title: titleOf(record, sightOf(role, policy)),
    state: record.state,
    mergedInto: record.mergedInto,
    lifecycle: record.lifecycle,
    ids: Object.fromEntries(
      Object.entries(record.links).flatMap(([system, { nativeId, state }]) =>
        state === 'active' ? [[system, nativeId] as const] : [],
      ),
    ),
    worst: { verdict, dimensions: standings.filter((one) => one.verdict === verdict).length },
    verifiedAt: times.includes(null) ? null : (times.toSorted()[0] ?? null),
    pending: pendingSystems(work, now),
    createdAt: record.createdAt,
  };
}

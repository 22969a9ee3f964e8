import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { Dimension, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';

/** A record, and when each system was last observed. */
export interface Observed {
  readonly policy: Pick<EntityPolicy, 'presenceDimension'>;
  readonly record: Pick<RecordDocument, 'links'>;
  readonly observedAt: Readonly<Record<SystemId, Instant>>;
}

/**
 * M7: a verdict is as old as the oldest observation it compares. Fields compare the systems that hold the record;
 * that one no longer does is an observation of its presence.
 */
export function verifiedAt({ policy, record, observedAt }: Observed, dimension: Dimension): Instant | null {
  const compared = (Object.keys(record.links) as SystemId[]).filter(
    (system) => dimension === policy.presenceDimension || record.links[system]?.state === 'active',
  );
  const times = compared.map((system) => observedAt[system]);
  if (times.length === 0 || times.includes(undefined)) return null;
  return times.filter((time) => time !== undefined).reduce((a, b) => (a < b ? a : b));
}

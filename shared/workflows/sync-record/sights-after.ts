import type { EntityPolicy } from '#shared/authority/policy.ts';
import { unsettledSystems } from '#shared/drift/unsettled.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Sight } from '#shared/model/work.ts';
import type { Look } from './look.ts';
import type { Turn } from './turn.ts';

/**
 * Sights after a turn. A system that says something else than was accepted there has none: what a poll lists may be
 * what explains the difference. Nor has one that denied the object, for being listed again says that it is back.
 */
export function sightsAfter(
  turn: Turn,
  policy: EntityPolicy,
  record: RecordDocument,
): Readonly<Record<SystemId, Sight>> {
  if (record.state !== 'active') return {};
  const sights: Record<SystemId, Sight> = { ...turn.work.value.sights };
  for (const [system, { look }] of turn.seen) {
    if (look.status === 'gone' || look.status === 'foreign') delete sights[system];
    if (look.status !== 'found') continue;
    const sight = sightOf(look);
    if (sight === null) delete sights[system];
    else sights[system] = sight;
  }
  for (const system of unsettledSystems(policy, record)) delete sights[system];
  return sights;
}

function sightOf({ representation, askedAt }: Extract<Look, { status: 'found' }>): Sight | null {
  const { nativeId, modifiedAt } = representation;
  return modifiedAt === null ? null : { nativeId, modifiedAt, askedAt };
}

/**
 * Link: a provisional record turns out to be one that exists already. One commit on the versions of both
 * records moves the native id to the winner, which owes a look at it from then on (M16). The provisional
 * record stays and points to the winner, so that whatever still names it finds the way.
 */
import { crosswalkRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import type { NativeId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { NaturalKey } from '#shared/model/representation.ts';
import { work, type Mark, type WorkDocument } from '#shared/model/work.ts';
import { set, update, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import { withHistory } from './facts.ts';
import { claimWrites, withClaims } from './identify.ts';
import { addMark } from './marks.ts';

export interface LinkRequest {
  readonly loser: Snapshot<RecordDocument>;
  readonly loserWork: Snapshot<WorkDocument>;
  readonly winner: Snapshot<RecordDocument>;
  readonly winnerWork: Snapshot<WorkDocument>;
  readonly system: SystemId;
  readonly nativeId: NativeId;
  readonly freeKeys: readonly NaturalKey[];
  /** Names of the keys that matched. */
  readonly evidence: string;
  readonly at: Instant;
  readonly now: number;
  readonly resolutionMs: number;
}

/** The loser's work document once it owes nothing, the winner's once it owes what the loser did. */
export interface LinkResult {
  readonly writes: readonly Write[];
  readonly winnerWork: WorkDocument;
}

/** Builds the commit that links a provisional record's native id to the record that holds its keys. */
export function linkRecords(request: LinkRequest): LinkResult {
  const { loser, winner, system, nativeId, at } = request;
  const claimed = withClaims(winner.value, request.freeKeys);
  const linked: RecordDocument = {
    ...withoutSystem(claimed, system),
    links: {
      ...claimed.links,
      [system]: { nativeId, state: 'active', deniedAt: null, linkedAt: at, evidence: request.evidence },
    },
  };
  const history = withHistory(
    linked,
    [
      {
        kind: 'linked',
        trueSince: null,
        system,
        path: null,
        before: null,
        after: nativeId,
        rule: null,
        cause: { kind: 'match', id: request.evidence },
      },
    ],
    at,
  );
  const forwarded = forwardMarks(
    request.loserWork.value,
    request.winnerWork.value,
    request.now,
    request.resolutionMs,
  );
  const look = { system, vendorTime: null, lane: 'live' as const, evidence: [] };
  const winnerWork =
    forwarded.marks[system] === undefined ? addMark(forwarded, look, 0, request.now).work : forwarded;
  return {
    winnerWork,
    writes: [
      set(records.at(winner.value.id), history.record, winner.version),
      ...history.writes,
      ...claimWrites(winner.value, request.freeKeys, at),
      set(
        records.at(loser.value.id),
        { ...loser.value, state: 'merged', mergedInto: winner.value.id },
        loser.version,
      ),
      update<Crosswalk>(crosswalkRef(system, loser.value.type, nativeId), {
        recordId: winner.value.id,
        state: 'active',
        formerRecordIds: { transform: 'arrayUnion', elements: [loser.value.id] },
        evidence: request.evidence,
      }),
      ...replacedWrites(winner.value, system, nativeId),
      set(work.at(winner.value.id), winnerWork, request.winnerWork.version),
    ],
  };
}

/**
 * The object that makes room for another one: what it tells from now on is not about this record. If it is restored,
 * it has to be told anew whose it is.
 */
function replacedWrites(winner: RecordDocument, system: SystemId, nativeId: NativeId): readonly Write[] {
  const replaced = winner.links[system]?.nativeId;
  if (replaced === undefined || replaced === nativeId) return [];
  return [update<Crosswalk>(crosswalkRef(system, winner.type, replaced), { state: 'deleted' })];
}

/** What was known of an object that the system no longer has says nothing about the one that takes its place. */
export function withoutSystem(record: RecordDocument, system: SystemId): RecordDocument {
  const strip = <T>(values: Readonly<Record<SystemId, T>>): Record<SystemId, T> => {
    const { [system]: _, ...others } = values;
    return others;
  };
  return {
    ...record,
    representations: strip(record.representations),
    bases: strip(record.bases),
    ledger: strip(record.ledger),
    refusals: strip(record.refusals),
    swallowed: strip(record.swallowed),
  };
}

/** Everything that one record owes becomes another's debt: due at once, with the evidence it had. */
export function forwardMarks(
  from: WorkDocument,
  to: WorkDocument,
  now: number,
  resolutionMs: number,
): WorkDocument {
  return Object.entries(from.marks).reduce<WorkDocument>((marked, [key, mark]: [string, Mark]) => {
    const hint = {
      system: key as SystemId,
      vendorTime: mark.vendorTime,
      lane: mark.lane,
      evidence: mark.evidence,
    };
    return addMark(marked, hint, resolutionMs, now).work;
  }, to);
}

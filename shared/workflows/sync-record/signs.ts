import type { EntityMapping } from '#shared/connectors/connector.ts';
import type { Sign } from '#shared/drift/evidence.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { OwnWrite, WorkDocument } from '#shared/model/work.ts';

/** A system's evidence in canonical terms, and the own write with its echo noted. */
export interface SystemSigns {
  readonly signs: readonly Sign[];
  readonly ownWrite: OwnWrite | null;
}

/**
 * Translates the evidence of a mark, and what earlier passes had to defer. The first event seen at the very tick of our own last write is taken
 * for its echo and explains nothing; another event at the same tick is somebody else's (M9). Where the
 * vendor's clock is coarse this is all that tells the two apart.
 */
export function signsOf(
  work: WorkDocument,
  system: SystemId,
  mapping: EntityMapping | undefined,
  resolutionMs: number,
): SystemSigns {
  const evidence = [...(work.deferred[system] ?? []), ...(work.marks[system]?.evidence ?? [])];
  let ownWrite = work.ownWrites[system] ?? null;
  const signs = evidence.map((one): Sign => {
    const isAtOurTick = ownWrite !== null && isSameTick(one, ownWrite, resolutionMs);
    if (ownWrite !== null && isAtOurTick && ownWrite.echoKey === null)
      ownWrite = { ...ownWrite, echoKey: one.eventKey };
    const isEcho = isAtOurTick && one.eventKey === ownWrite?.echoKey;
    return { source: one.source, at: one.at, paths: pathsOf(one, mapping), eventKey: one.eventKey, isEcho };
  });
  return { signs, ownWrite };
}

/**
 * Notes our own write once it is settled. Its event may have been served already, while the write was still
 * under way: then that event is the echo.
 */
export function withOwnWrite(
  work: WorkDocument,
  system: SystemId,
  write: Pick<OwnWrite, 'runId' | 'at'>,
  resolutionMs: number,
): WorkDocument {
  const echo = work.deferred[system]?.find((event) => isSameTick(event, write, resolutionMs));
  const noted: OwnWrite = { ...write, echoKey: echo?.eventKey ?? null };
  return { ...work, ownWrites: { ...work.ownWrites, [system]: noted } };
}

function isSameTick(evidence: Evidence, ownWrite: Pick<OwnWrite, 'at'>, resolutionMs: number): boolean {
  if (evidence.at === null) return false;
  return (
    Math.floor(toEpochMs(evidence.at) / resolutionMs) === Math.floor(toEpochMs(ownWrite.at) / resolutionMs)
  );
}

/** Native names that map to no canonical field name nothing of ours; none at all means the whole record. */
function pathsOf(evidence: Evidence, mapping: EntityMapping | undefined): readonly FieldPath[] | null {
  if (evidence.fields === null || mapping === undefined) return null;
  return mapping.fields.filter((field) => evidence.fields?.includes(field.native)).map((field) => field.path);
}

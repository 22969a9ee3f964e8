import type { EntityMapping } from '#shared/connectors/connector.ts';
import type { Sign } from '#shared/drift/evidence.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { OwnWrite, WorkDocument } from '#shared/model/work.ts';

/** A system's evidence in canonical terms, and the own write with its echo noted. */
export interface SystemSigns {
  readonly signs: readonly Sign[];
  readonly ownWrite: OwnWrite | null;
}

/**
 * Translates the evidence of a mark, and what earlier passes had to defer. The first event at the very tick of
 * our own last write that names nothing but what we wrote is taken for its echo and explains nothing; another
 * event at the same tick is somebody else's (M9). Where the vendor's clock is coarse this is all that tells
 * the two apart.
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
    const sign = { source: one.source, at: one.at, paths: pathsOf(one, mapping), eventKey: one.eventKey };
    if (ownWrite === null || !mayBeEcho(sign, ownWrite, resolutionMs)) return { ...sign, isEcho: false };
    ownWrite = { ...ownWrite, echoKey: ownWrite.echoKey ?? sign.eventKey };
    return { ...sign, isEcho: sign.eventKey === ownWrite.echoKey };
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
  write: Omit<OwnWrite, 'echoKey'>,
  mapping: EntityMapping | undefined,
  resolutionMs: number,
): WorkDocument {
  const echo = work.deferred[system]?.find(({ at, eventKey, ...event }) =>
    mayBeEcho({ at, eventKey, paths: pathsOf(event, mapping) }, write, resolutionMs),
  );
  const noted: OwnWrite = { ...write, echoKey: echo?.eventKey ?? null };
  return { ...work, ownWrites: { ...work.ownWrites, [system]: noted } };
}

function mayBeEcho(
  { at, eventKey, paths }: Pick<Sign, 'at' | 'eventKey' | 'paths'>,
  ownWrite: Pick<OwnWrite, 'at' | 'paths'>,
  resolutionMs: number,
): boolean {
  if (at === null || eventKey === null) return false;
  const tickOf = (instant: Instant) => Math.floor(toEpochMs(instant) / resolutionMs);
  const isSameTick = tickOf(at) === tickOf(ownWrite.at);
  return isSameTick && (paths === null || paths.every((path) => ownWrite.paths.includes(path)));
}

/** Native names that map to no canonical field name nothing of ours; none at all means the whole record. */
function pathsOf(
  evidence: Pick<Evidence, 'fields'>,
  mapping: EntityMapping | undefined,
): readonly FieldPath[] | null {
  if (evidence.fields === null || mapping === undefined) return null;
  return mapping.fields.filter((field) => evidence.fields?.includes(field.native)).map((field) => field.path);
}

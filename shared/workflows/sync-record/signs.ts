import type { EntityMapping } from '#shared/connectors/connector.ts';
import type { Sign } from '#shared/drift/evidence.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import { OWN_WRITES_KEPT, type OwnWrite, type WorkDocument } from '#shared/model/work.ts';

/** A system's evidence in canonical terms, and the own writes with their echoes noted. */
export interface SystemSigns {
  readonly signs: readonly Sign[];
  readonly ownWrites: readonly OwnWrite[];
}

/**
 * Translates the evidence of a mark, and what earlier passes had to defer. The first event at the very tick of
 * one of our own writes that names nothing but what it wrote is taken for its echo and explains nothing; another
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
  let ownWrites = work.ownWrites[system] ?? [];
  const signs = evidence.map((one): Sign => {
    const sign = { source: one.source, at: one.at, paths: pathsOf(one, mapping), eventKey: one.eventKey };
    if (one.source === 'poll' && ownWrites.some((write) => isAtTickOf(sign, write, resolutionMs)))
      return { ...sign, isEcho: true };
    const echoed =
      ownWrites.find(({ echoKey }) => echoKey !== null && echoKey === sign.eventKey) ??
      ownWrites.find((write) => write.echoKey === null && mayBeEcho(sign, write, resolutionMs));
    if (echoed !== undefined)
      ownWrites = ownWrites.map((write) => (write === echoed ? { ...write, echoKey: sign.eventKey } : write));
    return { ...sign, isEcho: echoed !== undefined };
  });
  return { signs, ownWrites };
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
  const known = work.ownWrites[system] ?? [];
  const taken = known.map(({ echoKey }) => echoKey);
  const echo = work.deferred[system]?.find(
    ({ at, eventKey, ...event }) =>
      event.source !== 'poll' &&
      !taken.includes(eventKey) &&
      mayBeEcho({ at, eventKey, paths: pathsOf(event, mapping) }, write, resolutionMs),
  );
  const noted = [...known, { ...write, echoKey: echo?.eventKey ?? null }].slice(-OWN_WRITES_KEPT);
  return { ...work, ownWrites: { ...work.ownWrites, [system]: noted } };
}

function mayBeEcho(
  { at, eventKey, paths }: Pick<Sign, 'at' | 'eventKey' | 'paths'>,
  ownWrite: Pick<OwnWrite, 'at' | 'paths'>,
  resolutionMs: number,
): boolean {
  if (!isAtTickOf({ at, eventKey }, ownWrite, resolutionMs)) return false;
  // What names only fields that we do not map speaks of none that we wrote.
  return paths === null || (paths.length > 0 && paths.every((path) => ownWrite.paths.includes(path)));
}

/** Whether one event came at the very tick of one of our writes; what several were folded into is no event. */
function isAtTickOf(
  { at, eventKey }: Pick<Sign, 'at' | 'eventKey'>,
  ownWrite: Pick<OwnWrite, 'at'>,
  resolutionMs: number,
): boolean {
  if (at === null || eventKey === null) return false;
  const tickOf = (instant: Instant) => Math.floor(toEpochMs(instant) / resolutionMs);
  return tickOf(at) === tickOf(ownWrite.at);
}

/** Native names that map to no canonical field name nothing of ours; none at all means the whole record. */
function pathsOf(
  evidence: Pick<Evidence, 'fields'>,
  mapping: EntityMapping | undefined,
): readonly FieldPath[] | null {
  if (evidence.fields === null || mapping === undefined) return null;
  return mapping.fields.filter((field) => evidence.fields?.includes(field.native)).map((field) => field.path);
}

/**
 * Keeps discrepancies in step with verdicts: what is opened, changed or resolved is written in the very commit that
 * sets the verdict. The record names the dimensions that have one, so that a comparison of a record at peace reads and
 * writes nothing for it.
 */
import { findingIn, resolved, tracked, type Finding } from '#shared/drift/discrepancy.ts';
import {
  discrepancyRef,
  type Candidate,
  type Discrepancy,
  type DiscrepancyEvidence,
  type Prompt,
} from '#shared/model/discrepancy.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import type { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import { create, set, type Snapshot, type Write } from '#shared/ports/document-store.ts';
import type { SyncContext } from './context.ts';

/** A record as it was judged, and what the judgement rests on. */
export interface JudgedRecord {
  readonly record: RecordDocument;
  /** Evidence that is not used up yet. */
  readonly signs: WorkDocument['deferred'];
  readonly ownWrites: WorkDocument['ownWrites'];
  /** Records that hold natural keys of this one. Left out: what was known of them before still holds. */
  readonly candidates?: readonly Candidate[];
  readonly prompt: Prompt;
  readonly at: Instant;
}

export interface TrackedRecord {
  /** The record, naming the dimensions that have an unresolved discrepancy. */
  readonly record: RecordDocument;
  readonly writes: readonly Write[];
  /** Epoch milliseconds at which a suppression ends; null for none. */
  readonly wakeAt: number | null;
}

/** Builds the writes that follow from how a record was judged. Reads only what may have to change. */
export async function trackDiscrepancies(
  { ports }: Pick<SyncContext, 'ports'>,
  judged: JudgedRecord,
): Promise<TrackedRecord> {
  const { record } = judged;
  const findings = findingsIn(record);
  const refs = [...findings.keys()].map((dimension) => discrepancyRef(record.id, dimension));
  const stored = refs.length === 0 ? [] : await ports.store.getAll(refs);
  const results = [...findings].map(([dimension, finding], index) =>
    trackOne(judged, dimension, finding, stored[index]),
  );
  const open = results.flatMap(({ dimension, isUnresolved }) => (isUnresolved ? [dimension] : [])).toSorted();
  return {
    record: withOpen(record, open),
    writes: results.flatMap(({ writes }) => writes),
    wakeAt: results.reduce<number | null>(
      (earliest, { wakeAt }) => (wakeAt === null ? earliest : Math.min(wakeAt, earliest ?? wakeAt)),
      null,
    ),
  };
}

/** Resolves whatever is open on a record that no longer stands for itself. */
export async function closeDiscrepancies(
  { ports }: Pick<SyncContext, 'ports'>,
  record: RecordDocument,
  prompt: Prompt,
  at: Instant,
): Promise<readonly Write[]> {
  const open = record.openDiscrepancies ?? [];
  if (open.length === 0) return [];
  const stored = await ports.store.getAll(open.map((dimension) => discrepancyRef(record.id, dimension)));
  return stored.flatMap((snapshot) =>
    snapshot === undefined || snapshot.value.status === 'resolved'
      ? []
      : [set(snapshot.ref, resolved(snapshot.value, prompt, at), snapshot.version)],
  );
}

/** Dimensions with something to say, and those of which something was said before. */
function findingsIn(record: RecordDocument): ReadonlyMap<Dimension, Finding | null> {
  const known = record.openDiscrepancies ?? [];
  const dimensions = [...new Set([...known, ...(Object.keys(record.verdicts) as Dimension[])])];
  const findings = dimensions.map((dimension) => [dimension, findingIn(record, dimension)] as const);
  return new Map(
    findings.filter(([dimension, finding]) => known.includes(dimension) || finding?.kind === 'at_odds'),
  );
}

interface TrackedDimension {
  readonly dimension: Dimension;
  readonly writes: readonly Write[];
  readonly isUnresolved: boolean;
  readonly wakeAt: number | null;
}

function trackOne(
  judged: JudgedRecord,
  dimension: Dimension,
  finding: Finding | null,
  stored: Snapshot<Discrepancy> | undefined,
): TrackedDimension {
  const { record, prompt, at } = judged;
  const evidence = evidenceOf(judged, finding, stored?.value);
  const next = tracked(stored?.value, { record, dimension, finding, evidence, prompt, at });
  const current = next ?? stored?.value;
  const ref = discrepancyRef(record.id, dimension);
  const write = next && (stored === undefined ? create(ref, next) : set(ref, next, stored.version));
  const isSuppressed = current?.status === 'suppressed' && current.suppression !== null;
  return {
    dimension,
    writes: write === null ? [] : [write],
    isUnresolved: current !== undefined && current.status !== 'resolved',
    wakeAt: isSuppressed ? toEpochMs(current.suppression.until) : null,
  };
}

function withOpen(record: RecordDocument, open: readonly Dimension[]): RecordDocument {
  if (open.length > 0) return { ...record, openDiscrepancies: open };
  const { openDiscrepancies: _, ...others } = record;
  return others;
}

/** What is known of how the finding came about. */
function evidenceOf(
  judged: JudgedRecord,
  finding: Finding | null,
  before: Discrepancy | undefined,
): DiscrepancyEvidence {
  const { record, candidates } = judged;
  const fields = finding?.kind === 'at_odds' ? Object.entries(finding.fields) : [];
  const systems = [...new Set(fields.flatMap(([, field]) => field.systems))];
  const paths = fields.map(([path]) => path as FieldPath);
  return {
    signs: gathered(systems, (system) => signsOf(judged, system, paths)),
    candidates: candidates ?? before?.evidence.candidates ?? [],
    survivors: Object.fromEntries(
      systems.flatMap((system) => {
        const link = record.links[system];
        return link?.state === 'foreign' && link.answeredId !== undefined ? [[system, link.answeredId]] : [];
      }),
    ),
    refusals: gathered(systems, (system) => [
      ...new Set(paths.flatMap((path) => record.refusals[system]?.[path]?.code ?? [])),
    ]),
  };
}

function gathered<T>(
  systems: readonly SystemId[],
  of: (system: SystemId) => readonly T[],
): Record<SystemId, readonly T[]> {
  return Object.fromEntries(
    systems.flatMap((system) => {
      const list = of(system);
      return list.length === 0 ? [] : [[system, list]];
    }),
  );
}

/** Kept evidence of a system, or that the vendor dates what it holds later than what we last accepted there. */
function signsOf(
  { record, signs, ownWrites }: JudgedRecord,
  system: SystemId,
  paths: readonly FieldPath[],
): readonly Evidence[] {
  const kept = signs[system] ?? [];
  if (kept.length > 0) return kept;
  const modifiedAt = record.representations[system]?.modifiedAt ?? null;
  const isOurs = ownWrites[system]?.some(({ at }) => at === modifiedAt) === true;
  const isLater = paths.some((path) => {
    const base = record.bases[system]?.[path];
    return base?.modifiedAt != null && modifiedAt !== null && modifiedAt > base.modifiedAt;
  });
  if (!isLater || isOurs) return [];
  return [{ source: 'modified_time', at: modifiedAt, fields: null, eventKey: null }];
}

import type { FieldValue } from '#shared/model/field-value.ts';
import type { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import { Verdict } from '#shared/model/vocabulary.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';

/** Entries that are taken back at most: what lies further back is read in the history itself. */
const MAX_ENTRIES = 2_000;
const PAGE = 500;

/** What history can tell of a record at one moment. What it does not hold is not guessed. */
export interface PastRecord {
  readonly golden: Readonly<Record<FieldPath, FieldValue>>;
  /** What each system was known to say. */
  readonly values: Readonly<Record<SystemId, Readonly<Record<FieldPath, FieldValue>>>>;
  readonly verdicts: Readonly<Record<Dimension, Verdict>>;
  /** Systems that held the record by then. */
  readonly systems: readonly SystemId[];
}

export type AsOf =
  | { readonly status: 'told'; readonly past: PastRecord }
  /** There was no such record yet. */
  | { readonly status: 'not_yet' }
  /** More has happened since than is taken back. */
  | { readonly status: 'too_far' };

/** Takes back what happened to a record after a moment, the latest first. */
export async function recordAsOf(
  store: Pick<DocumentStore, 'query'>,
  record: RecordDocument,
  at: Instant,
): Promise<AsOf> {
  if (at < record.createdAt) return { status: 'not_yet' };
  const draft = draftOf(record, at);
  let before = record.historyCount + 1;
  for (let taken = 0; taken < MAX_ENTRIES; taken += PAGE) {
    const entries = await store.query({
      from: recordHistory.under(records.at(record.id)),
      where: [['seq', '<', before]],
      orderBy: [['seq', 'desc']],
      limit: PAGE,
    });
    for (const { value } of entries) {
      if (value.recordedAt <= at) return { status: 'told', past: draft };
      takeBack(draft, value);
    }
    const last = entries.at(-1)?.value;
    if (last === undefined || entries.length < PAGE) return { status: 'told', past: draft };
    before = last.seq;
  }
  return { status: 'too_far' };
}

interface Draft {
  readonly golden: Record<FieldPath, FieldValue>;
  readonly values: Record<SystemId, Record<FieldPath, FieldValue>>;
  readonly verdicts: Record<Dimension, Verdict>;
  readonly systems: SystemId[];
}

function draftOf(record: RecordDocument, at: Instant): Draft {
  const systems = Object.entries(record.links).flatMap(([system, { linkedAt }]) =>
    linkedAt <= at ? [system as SystemId] : [],
  );
  return {
    golden: Object.fromEntries(Object.entries(record.golden).map(([path, { value }]) => [path, value])),
    values: Object.fromEntries(
      systems.map((system) => [system, { ...record.representations[system]?.fields }]),
    ),
    verdicts: Object.fromEntries(
      Object.entries(record.verdicts).map(([dimension, { verdict }]) => [dimension, verdict]),
    ),
    systems,
  };
}

function takeBack(draft: Draft, { kind, system, path, before }: HistoryEntry): void {
  if (path === null) return;
  if (kind === 'verdict') {
    draft.verdicts[path as Dimension] = verdictOf(before);
    return;
  }
  if ((kind !== 'accepted' && kind !== 'written') || typeof before === 'string' || before === null) return;
  if (kind === 'accepted') draft.golden[path as FieldPath] = before;
  const said = system === null ? undefined : draft.values[system];
  if (said !== undefined) said[path as FieldPath] = before;
}

function verdictOf(text: HistoryEntry['before']): Verdict {
  return Object.values(Verdict).find((verdict) => verdict === text) ?? Verdict.unchecked;
}

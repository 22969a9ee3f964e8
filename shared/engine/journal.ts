import { defineSubCollection } from '#shared/model/document.ts';
import type { JournalEntry, Run } from './run.ts';

/** Earlier entries of a long journal, in order. Never changed once written. */
export interface JournalPage {
  readonly entries: readonly JournalEntry[];
}

export const runJournal = defineSubCollection<JournalPage>({
  name: 'journal',
  indexes: [],
  unindexed: ['entries'],
  ttlField: null,
  erasure: 'replace_values',
});

/** Bytes of journal that a run carries itself; a document holds 1 MiB at most. */
const INLINE_BYTES = 256 * 1_024;

/** A run whose journal fits, and the page that had to leave it. */
export interface Spilled<R extends Run> {
  readonly run: R;
  /** Null while everything fits. Its id is the number of its first entry, so that pages list in order. */
  readonly page: { readonly id: string; readonly value: JournalPage } | null;
}

/** Moves a journal that has grown too long out of its run, all but the last entry, which numbers the next. */
export function spillJournal<R extends Run>(run: R): Spilled<R> {
  const [first] = run.journal;
  const entries = run.journal.slice(0, -1);
  if (first === undefined || entries.length === 0 || bytesOf(run.journal) <= INLINE_BYTES) {
    return { run, page: null };
  }
  const id = String(first.seq).padStart(8, '0');
  return { run: { ...run, journal: run.journal.slice(-1) }, page: { id, value: { entries } } };
}

function bytesOf(journal: readonly JournalEntry[]): number {
  return Buffer.byteLength(JSON.stringify(journal));
}

import { CLEARED, sameValue, type FieldValue } from '#shared/model/field-value.ts';
import { parseInstant, type Instant } from '#shared/model/instant.ts';
import type { FieldMapping } from '../connector.ts';
import type { HistoryEntry } from './objects.ts';

/** HubSpot keeps only the latest entries; below a list this long something may have been cut off. */
const HISTORY_MAY_BE_CUT_AT = 20;

/** How HubSpot names a change that came through its API. */
const API_SOURCES: ReadonlySet<string> = new Set(['INTEGRATION', 'API']);

/**
 * The value that stood before our write (M5), from a property's history, newest entry first: the entry
 * just before the one that our write made.
 *
 * Our entry is the newest that holds what we sent, in any case of letters (HubSpot lower-cases e-mail
 * addresses); among several, the newest that came through the API. Entries above it are later edits and
 * no business of this check. When what we sent is not known, the newest entry through the API is taken for
 * ours, or the newest of all.
 *
 * @returns undefined when the history cannot tell: no entry is ours, or the list may have been cut.
 */
export function replacedValue(
  field: FieldMapping,
  history: readonly HistoryEntry[],
  sent: FieldValue | undefined,
): FieldValue | undefined {
  const ours = indexOfOurs(field, history, sent);
  if (ours === -1) return undefined;
  const before = history[ours + 1];
  if (before !== undefined) return field.from(before.value ?? null);
  return history.length < HISTORY_MAY_BE_CUT_AT ? CLEARED : undefined;
}

/**
 * HubSpot's time at which what we sent was last stored through the API, from a property's history, newest entry
 * first.
 *
 * @returns undefined when the history shows no such entry, or the entry no time.
 */
export function storedAt(
  field: FieldMapping,
  history: readonly HistoryEntry[],
  sent: FieldValue,
): Instant | undefined {
  const holds = holdsSent(field, sent);
  return parseInstant(history.find((entry) => holds(entry) && cameThroughApi(entry))?.timestamp ?? '');
}

function indexOfOurs(
  field: FieldMapping,
  history: readonly HistoryEntry[],
  sent: FieldValue | undefined,
): number {
  const holds = sent === undefined ? () => true : holdsSent(field, sent);
  const throughApi = history.findIndex((entry) => holds(entry) && cameThroughApi(entry));
  return throughApi === -1 ? history.findIndex(holds) : throughApi;
}

function holdsSent(field: FieldMapping, sent: FieldValue): (entry: HistoryEntry) => boolean {
  const stored = folded(field.from(field.to(sent)));
  return ({ value }) => sameValue(folded(field.from(value ?? null)), stored);
}

function cameThroughApi({ sourceType }: HistoryEntry): boolean {
  return API_SOURCES.has(sourceType ?? '');
}

function folded(value: FieldValue): FieldValue {
  if (value.state !== 'value' || typeof value.value !== 'string') return value;
  return { state: 'value', value: value.value.trim().toLowerCase() };
}

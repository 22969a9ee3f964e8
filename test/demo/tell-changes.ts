import type { FieldValue } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';

const NAMES: Readonly<Record<string, string>> = { hubspot: 'HubSpot', shopify: 'Shopify' };
const LABEL_WIDTH = 'accepted'.length;
const MAX_ENTRIES = 500;

export interface ChangesOptions {
  readonly store: Pick<DocumentStore, 'query'>;
  readonly record: RecordDocument;
  /** What the history held when it was last told. */
  readonly since: number;
}

/** What the mesh noted about a record, in lines for a person: what it took over, wrote, by which rule, and how it stands. */
export async function tellChanges({ store, record, since }: ChangesOptions): Promise<readonly string[]> {
  const history = await store.query({
    from: recordHistory.under(records.at(record.id)),
    where: [['seq', '>', since]],
    orderBy: [['seq', 'asc']],
    limit: MAX_ENTRIES,
  });
  const entries = history.map(({ value }) => value);
  return [
    ...accepted(entries),
    ...written(entries, record),
    ...conflicts(record),
    ...verified(entries, record),
  ];
}

/** The name of a vendor as it writes itself. */
export function nameOf(system: SystemId | string | null): string {
  return NAMES[String(system)] ?? String(system);
}

/** No run is open, and no verdict waits for one. */
export function isAtRest(record: RecordDocument): boolean {
  const verdicts = Object.values(record.verdicts).map(({ verdict }) => verdict);
  return (
    Object.keys(record.links).length > 1 &&
    Object.keys(record.writeSets).length === 0 &&
    verdicts.length > 0 &&
    verdicts.every((verdict) => verdict === 'in_sync' || verdict === 'hard_conflict')
  );
}

function line(label: string, text: string): string {
  return `   ${label.padEnd(LABEL_WIDTH)}  ${text}`;
}

/** What somebody changed. A first value is no change: it came with the record. */
function accepted(entries: readonly HistoryEntry[]): readonly string[] {
  return entries
    .filter(({ kind, before }) => kind === 'accepted' && !isAbsent(before))
    .map(({ system, path, before, after }) =>
      line('accepted', `${path} from ${nameOf(system)}: ${shown(before)} -> ${shown(after)}`),
    );
}

/** What the mesh wrote, and the rule that allowed it. A create has one rule, an update one for each field. */
function written(entries: readonly HistoryEntry[], { type }: RecordDocument): readonly string[] {
  const lines = entries.filter(isWrite).flatMap((entry) => {
    const { system, path, before, after, rule } = entry;
    const change = isOfCreate(entry)
      ? `a new ${type} in ${nameOf(system)}`
      : `${path} in ${nameOf(system)}: ${shown(before)} -> ${shown(after)}`;
    return [line('written', change), line('rule', String(rule))];
  });
  return lines.length === 0 ? [line('written', 'nothing')] : [...new Set(lines)];
}

function conflicts(record: RecordDocument): readonly string[] {
  return Object.values(record.verdicts)
    .filter(({ verdict }) => verdict === 'hard_conflict')
    .flatMap(({ cause, fields }) =>
      Object.entries(fields)
        .filter(([, { verdict }]) => verdict === 'hard_conflict')
        .flatMap(([path]) => {
          const sides = (Object.keys(record.links) as SystemId[]).map(
            (system) => `${nameOf(system)} says ${shown(valueIn(record, system, path))}`,
          );
          return [
            line('conflict', `${path} (${cause}): ${sides.join(', ')}`),
            line('', 'No rule decides between them, so a person has to.'),
          ];
        }),
    );
}

function verified(entries: readonly HistoryEntry[], { verdicts }: RecordDocument): readonly string[] {
  const green = Object.entries(verdicts).filter(([, { verdict }]) => verdict === 'in_sync');
  if (green.length === 0) return [];
  const how = entries.some(isWrite) ? 'read back and compared' : 'compared';
  return [line('verified', `${how}; in sync: ${green.map(([dimension]) => dimension).join(', ')}`)];
}

function isWrite({ kind }: HistoryEntry): boolean {
  return kind === 'written';
}

/** A create is allowed by the rule that the system has to hold the record, not by a field's rule. */
function isOfCreate({ rule }: HistoryEntry): boolean {
  return rule?.includes(': required in ') === true;
}

function isAbsent(value: HistoryEntry['before']): boolean {
  return value !== null && typeof value !== 'string' && value.state === 'absent';
}

function valueIn(record: RecordDocument, system: SystemId, path: string): FieldValue | null {
  const found = Object.entries(record.representations[system]?.fields ?? {}).find(([name]) => name === path);
  return found?.[1] ?? null;
}

function shown(value: FieldValue | string | null): string {
  if (value === null || typeof value === 'string') return value ?? 'nothing';
  return value.state === 'value' ? JSON.stringify(value.value) : 'nothing';
}

import { setTimeout as wait } from 'node:timers/promises';
import type { FieldValue } from '#shared/model/field-value.ts';
import { SystemId, type RecordId } from '#shared/model/ids.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import type { TwinControl } from '#test/twins/index.ts';

export interface StoryOptions {
  readonly store: DocumentStore;
  readonly hubspot: TwinControl;
  readonly shopify: TwinControl;
  readonly say: (line: string) => void;
  /** Ends the story early. */
  readonly signal: AbortSignal;
}

interface Told {
  readonly contactId: string;
  readonly customerId: string;
  readonly recordId: RecordId;
}

const HUBSPOT = SystemId('hubspot');
const SHOPIFY = SystemId('shopify');
const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 30_000;
/** Time to read one scene before the next one. */
const PAUSE_MS = 1_500;
const MAX_RECORDS = 500;
const MAX_ENTRIES = 500;

/**
 * Plays people who work in both vendors' pages, and tells what the mesh makes of it. What people do is made up;
 * every line that begins with an arrow is read from the mesh's own history.
 */
export async function tellStory(options: StoryOptions): Promise<void> {
  const { hubspot, shopify, say } = options;
  say('Four short scenes with a made-up customer:');
  const ada = await scene(options, '1  Ada Example is entered in HubSpot.', () => enter(options));
  if (ada === null) return;
  const on = { ...options, ...ada };
  await scene(options, '2  The shop corrects her phone number to +1 202 555 0142.', () =>
    untilChecked(on, () => shopify.edit('customers', ada.customerId, { phone: '+12025550142' })),
  );
  await scene(options, '3  Somebody in the shop renames her Adah, although names are kept in HubSpot.', () =>
    untilChecked(on, () => shopify.edit('customers', ada.customerId, { firstName: 'Adah' })),
  );
  await scene(options, '4  HubSpot and the shop change her phone number at once, differently.', () =>
    untilChecked(on, () =>
      Promise.all([
        hubspot.edit('contacts', ada.contactId, { phone: '+12025550150' }),
        shopify.edit('customers', ada.customerId, { phone: '+12025550160' }),
      ]),
    ),
  );
  say('');
  say('End of the story. Now it is your turn.');
}

async function scene<T>(
  { say, signal }: StoryOptions,
  title: string,
  play: () => Promise<T>,
): Promise<T | null> {
  say('');
  say(title);
  const outcome = await play();
  await wait(PAUSE_MS, undefined, { signal });
  return outcome;
}

async function enter(options: StoryOptions): Promise<Told | null> {
  const { hubspot, store } = options;
  const fields = { email: 'ada@example.com', firstname: 'Ada', lastname: 'Example', phone: '+12025550141' };
  const contact = await hubspot.create('contacts', fields);
  const record = await until(options, async () => {
    const all = await store.query({ from: records.ref, limit: MAX_RECORDS });
    return all
      .map(({ value }) => value)
      .find((one) => one.links[HUBSPOT]?.nativeId === contact.id && isAtRest(one));
  });
  if (record === null) return null;
  await tellHistory(options, record, 0);
  const customerId = record.links[SHOPIFY]?.nativeId;
  return customerId === undefined ? null : { contactId: contact.id, customerId, recordId: record.id };
}

/** Lets people act and waits until the mesh has seen it and has come to rest; then tells what it noted. */
async function untilChecked(options: StoryOptions & Told, act: () => Promise<unknown>): Promise<void> {
  const { store, recordId } = options;
  const before = (await store.get(records.at(recordId)))?.value.historyCount ?? 0;
  await act();
  const record = await until(options, async () => {
    const now = (await store.get(records.at(recordId)))?.value;
    return now !== undefined && now.historyCount > before && isAtRest(now) ? now : undefined;
  });
  if (record !== null) await tellHistory(options, record, before);
}

/** No run is open, and no verdict waits for one. */
function isAtRest(record: RecordDocument): boolean {
  const verdicts = Object.values(record.verdicts).map(({ verdict }) => verdict);
  return (
    record.links[SHOPIFY] !== undefined &&
    Object.keys(record.writeSets).length === 0 &&
    verdicts.length > 0 &&
    verdicts.every((verdict) => verdict === 'in_sync' || verdict === 'hard_conflict')
  );
}

async function until<T>(
  { say, signal }: StoryOptions,
  look: () => Promise<T | undefined>,
): Promise<T | null> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
  say('   ... is taking longer than usual; the log says why.');
  return null;
}

async function tellHistory(
  { store, say }: StoryOptions,
  record: RecordDocument,
  since: number,
): Promise<void> {
  const history = await store.query({ from: recordHistory.under(records.at(record.id)), limit: MAX_ENTRIES });
  const entries = history.map(({ value }) => value).filter(({ seq }) => seq > since);
  const written = entries.filter(({ kind }) => kind === 'written').toSorted((a, b) => a.seq - b.seq);
  for (const line of new Set([...created(written), ...updated(written)])) say(`   -> ${line}`);
  if (written.length === 0) say('   -> nothing was written');
  for (const [dimension, { verdict, cause, fields }] of Object.entries(record.verdicts)) {
    if (verdict !== 'hard_conflict') continue;
    const paths = Object.entries(fields).filter(([, field]) => field.verdict === 'hard_conflict');
    for (const [path] of paths) {
      const says = [HUBSPOT, SHOPIFY].map(
        (system) => `${system} says ${shown(valueIn(record, system, path))}`,
      );
      say(
        `   -> ${dimension}: hard conflict on ${path} (${cause}): ${says.join(', ')}. A person has to decide.`,
      );
    }
  }
  const green = Object.entries(record.verdicts).filter(([, { verdict }]) => verdict === 'in_sync');
  if (green.length > 0)
    say(`   -> read back and compared: ${green.map(([dimension]) => `${dimension} in sync`).join(', ')}`);
}

function created(written: readonly HistoryEntry[]): readonly string[] {
  return written.filter(isOfCreate).map(({ system, rule }) => `created in ${system} by "${rule}"`);
}

function updated(written: readonly HistoryEntry[]): readonly string[] {
  return written
    .filter((entry) => !isOfCreate(entry))
    .map(
      ({ system, path, before, after, rule }) =>
        `${path} in ${system}: ${shown(before)} -> ${shown(after)} by "${rule}"`,
    );
}

/** A create is allowed by the rule that the system has to hold the record, not by a field's rule. */
function isOfCreate({ rule }: HistoryEntry): boolean {
  return rule?.includes(': required in ') === true;
}

function valueIn(record: RecordDocument, system: SystemId, path: string): FieldValue | null {
  const found = Object.entries(record.representations[system]?.fields ?? {}).find(([name]) => name === path);
  return found?.[1] ?? null;
}

function shown(value: FieldValue | string | null): string {
  if (value === null || typeof value === 'string') return value ?? 'nothing';
  return value.state === 'value' ? JSON.stringify(value.value) : 'nothing';
}

import { setTimeout as wait } from 'node:timers/promises';
import { SystemId, type RecordId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import type { TwinControl } from '#test/twins/index.ts';
import { isAtRest, tellChanges } from './tell-changes.ts';

export interface StoryOptions {
  readonly store: DocumentStore;
  readonly hubspot: TwinControl;
  readonly shopify: TwinControl;
  readonly say: (line: string) => void;
  /** Ends the story early. */
  readonly signal: AbortSignal;
}

/** What the story leaves for a person to decide. */
export interface Conflict {
  readonly contactId: string;
  readonly phoneInShop: string;
}

interface Told {
  readonly contactId: string;
  readonly customerId: string;
  readonly recordId: RecordId;
}

const HUBSPOT = SystemId('hubspot');
const SHOPIFY = SystemId('shopify');
const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 60_000;
/** Time to read one scene before the next one. */
const PAUSE_MS = 1_500;
const MAX_RECORDS = 500;

/**
 * Plays people who work in both vendors' pages, and tells what the mesh makes of it. What people do is made up;
 * every line below it is read from the mesh's own documents.
 *
 * @returns null when it came to no end.
 */
export async function tellStory(options: StoryOptions): Promise<Conflict | null> {
  const { hubspot, shopify, say } = options;
  say('Four short scenes with a made-up customer.');
  const ada = await scene(options, '1  Ada Example is entered in HubSpot.', () => enter(options));
  if (ada === null) return null;
  const on = { ...options, ...ada };
  const phoneInShop = '+12025550160';
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
        shopify.edit('customers', ada.customerId, { phone: phoneInShop }),
      ]),
    ),
  );
  say('');
  say('End of the story.');
  return { contactId: ada.contactId, phoneInShop };
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
  await tell(options, record, 0);
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
  if (record !== null) await tell(options, record, before);
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

async function tell({ store, say }: StoryOptions, record: RecordDocument, since: number): Promise<void> {
  for (const line of await tellChanges({ store, record, since })) say(line);
}

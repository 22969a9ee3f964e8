/** A customer whose phone number became b in HubSpot, the run that tells Shopify so, and where both are stored. */
import type { ReadResult } from '#shared/connectors/connector.ts';
import { leases, type Lease } from '#shared/engine/lease.ts';
import { NativeId, type SystemId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import { work as workCollection, type WorkDocument } from '#shared/model/work.ts';
import { set } from '#shared/ports/document-store.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import { loadRun, runRef, type LoadedRun } from '#shared/workflows/sync-record/loaded-run.ts';
import { openRun, type OpenedRun, type SyncRun } from '#shared/workflows/sync-record/open-run.ts';
import type { Answers } from './connectors.ts';
import type { TestContext } from './contexts.ts';
import { aField, aPolicy, CUSTOMER, HUBSPOT, latest, PHONE, ruleOf, SHOPIFY } from './policies.ts';
import { aRecordOf, aRepresentation, minute, RECORD_ID, says } from './records.ts';
import { aWork } from './work.ts';
import { steady } from './worlds.ts';

const phone = aField(PHONE, latest(HUBSPOT, SHOPIFY));
export const phonePolicy = aPolicy([phone]);

/** Both systems say a. */
export const level = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: steady('a') });
/** HubSpot's b was accepted, Shopify still says a. */
export const behind = aRecordOf(PHONE, 'b', { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('a') });

/** The write that tells a system b in place of a. */
export function tellB(system: SystemId = SHOPIFY): Operation {
  const rule = ruleOf(phonePolicy, phone);
  const cause = { kind: 'event', id: 'event-1' } as const;
  return {
    type: CUSTOMER,
    system,
    action: 'update',
    nativeId: NativeId(`${system}-1`),
    fields: [{ path: PHONE, from: says('a'), to: says('b'), rule: rule.id, ruleHash: rule.hash, cause }],
  };
}

/** A run that was opened on the record in minute 10 and is due, with the record that it holds. */
export function opened(
  record: RecordDocument = behind,
  operations: readonly Operation[] = [tellB()],
): OpenedRun {
  const cause = { kind: 'event', id: 'event-1' } as const;
  return openRun({
    record,
    policy: phonePolicy,
    operations,
    lane: 'live',
    cause,
    release: 1,
    at: minute(10),
  });
}

/** The customer as a system says it. */
export function saying(
  text: string,
  differing: Partial<Representation> = {},
  system: SystemId = SHOPIFY,
): Representation {
  return aRepresentation({ [PHONE]: says(text) }, { nativeId: NativeId(`${system}-1`), ...differing });
}

export function found(text: string, differing: Partial<Representation> = {}, system?: SystemId): ReadResult {
  return { status: 'found', representation: saying(text, differing, system) };
}

/** Shopify's answer to the write, in minute 11 by its own clock. */
export const written = saying('b', { modifiedAt: minute(11), version: 'v2', method: 'write_response' });
/** Shopify takes the write and says so when it is read back. It keeps no history. */
export const taking = {
  read: found('a'),
  update: written,
  readBack: { status: 'found', representation: { ...written, method: 'read_back' }, replaced: null },
  capabilities: { overwrite: 'undetectable' },
} satisfies Answers;

export interface Stored {
  readonly record: RecordDocument;
  readonly work?: WorkDocument;
  readonly runs?: readonly SyncRun[];
  readonly lease?: Lease;
}

/** Stores the documents of one record, whatever was there before. */
export async function keep(context: TestContext, { record, work, runs, lease }: Stored): Promise<void> {
  await context.store.commit([
    set(records.at(record.id), record),
    set(workCollection.at(record.id), work ?? aWork({ recordId: record.id })),
    ...(runs ?? []).map((run) => set(runRef(run.id), run)),
    ...(lease === undefined ? [] : [set(leases.at(record.id), lease)]),
  ]);
}

/** A run with all that its commits depend on, as stored now. */
export async function load(context: TestContext, { id: runId, recordId }: SyncRun): Promise<LoadedRun> {
  const loaded = await loadRun(context, { runId, recordId });
  if (loaded === undefined) throw new Error(`Nobody has stored run ${runId}.`);
  return loaded;
}

/** The record as stored now. */
export async function recordNow(context: TestContext, id = RECORD_ID): Promise<RecordDocument | undefined> {
  return (await context.store.get(records.at(id)))?.value;
}

/** What the record owes now. */
export async function workNow(context: TestContext, id = RECORD_ID): Promise<WorkDocument | undefined> {
  return (await context.store.get(workCollection.at(id)))?.value;
}

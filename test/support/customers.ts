import { expect } from 'vitest';
import { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { LoggedWrite } from '#test/twins/index.ts';
import type { World } from './mesh-world.ts';

export const HUBSPOT = SystemId('hubspot');
export const SHOPIFY = SystemId('shopify');
export const ANA = Object.freeze({
  email: 'ana@example.com',
  firstname: 'Ana',
  lastname: 'Lima',
  phone: '+12025550101',
});

/** A customer that both systems hold and agree on: created in HubSpot, carried to Shopify by the mesh. */
export async function linkedCustomer(
  world: World,
  fields: Readonly<Record<string, string>> = ANA,
): Promise<{ readonly contactId: string; readonly customerId: string; readonly record: RecordDocument }> {
  const contact = await world.hubspot.control.create('contacts', fields);
  await world.settle();
  const records = await world.records();
  const record = records.find((one) => one.links[HUBSPOT]?.nativeId === contact.id);
  const customerId = record?.links[SHOPIFY]?.nativeId;
  if (record === undefined || customerId === undefined) {
    throw new Error('The customer was not carried to Shopify.');
  }
  return { contactId: contact.id, customerId, record };
}

/** The one record that stands for itself. */
export async function onlyRecord(world: World): Promise<RecordDocument> {
  const standing = (await world.records()).filter((record) => record.state !== 'merged');
  expect(standing).toHaveLength(1);
  return standing[0] as RecordDocument;
}

/** The value that policy holds true, or its state when it is none. */
export function goldenOf(record: RecordDocument, path: string): unknown {
  const value = record.golden[FieldPath(path)]?.value;
  return value?.state === 'value' ? value.value : value?.state;
}

export interface WriteMarks {
  readonly hubspot: number;
  readonly shopify: number;
}

/** Where both write logs stand now. */
export async function lastWrites(world: World): Promise<WriteMarks> {
  const hubspot = await world.hubspot.control.writes();
  const shopify = await world.shopify.control.writes();
  return { hubspot: hubspot.at(-1)?.seq ?? 0, shopify: shopify.at(-1)?.seq ?? 0 };
}

/** API writes that both vendors received since. */
export async function writesSince(
  world: World,
  marks: WriteMarks,
): Promise<{ readonly hubspot: readonly LoggedWrite[]; readonly shopify: readonly LoggedWrite[] }> {
  return {
    hubspot: await world.hubspot.control.writes(marks.hubspot),
    shopify: await world.shopify.control.writes(marks.shopify),
  };
}

/** Log lines that say something broke. A healthy world has none. */
export function errorLines(world: World): readonly string[] {
  return world.logLines.filter((line) => line.includes('"severity":"ERROR"'));
}

/**
 * Compares the two vendors directly, without any of our documents: every customer is there once, and says the
 * same on both sides.
 */
export async function expectAgreement(world: World): Promise<void> {
  const contacts = await world.hubspot.control.list('contacts');
  const customers = await world.shopify.control.list('customers');
  const ours = contacts.map((contact) => ({
    email: contact['email'],
    firstName: contact['firstname'] ?? null,
    lastName: contact['lastname'] ?? null,
    phone: contact['phone'] ?? null,
    note: contact['customer_note'] || null,
  }));
  const theirs = customers.map(({ email, firstName, lastName, phone, note }) => ({
    email,
    firstName: firstName ?? null,
    lastName: lastName ?? null,
    phone: phone ?? null,
    note: note || null,
  }));
  const byEmail = (a: { email: unknown }, b: { email: unknown }) =>
    String(a.email) < String(b.email) ? -1 : 1;
  expect(theirs.toSorted(byEmail)).toEqual(ours.toSorted(byEmail));
}

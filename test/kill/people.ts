import type { TwinControl } from '#test/twins/index.ts';

/** What both vendors must say about a customer when everything has come to rest. */
export interface Expected {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string;
  readonly note: string;
  readonly taxExempt: boolean;
}

type Side = 'hubspot' | 'shopify';

interface Customer {
  readonly email: string;
  /** Where the customer was entered first; that side also keeps the phone number. */
  readonly home: Side;
  expected: Expected;
}

export interface PeopleOptions {
  readonly hubspot: TwinControl;
  readonly shopify: TwinControl;
  readonly random: () => number;
  readonly customers: number;
}

/** People who work in both vendors' pages. Each field is edited by the side that policy gives it to. */
export interface People {
  /** Creates a customer or edits one. */
  change(): Promise<void>;
  expected(): readonly Expected[];
}

const AREA_CODES = [202, 212, 303, 312, 404, 415, 512, 617, 702, 713] as const;

/** Nobody works at the same thing at once, so that every change has one right outcome: no conflict is planted. */
export function createPeople({ hubspot, shopify, random, customers }: PeopleOptions): People {
  const known: Customer[] = [];
  let changes = 0;
  let edited: Customer | null = null;

  const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;

  function phoneOf(change: number): string {
    return `+1${AREA_CODES[Math.floor(change / 100) % AREA_CODES.length]}55501${String(change % 100).padStart(2, '0')}`;
  }

  async function enter(change: number): Promise<void> {
    const email = `person-${change}@example.com`;
    const home = oneOf<Side>(['hubspot', 'shopify']);
    const [firstName, lastName, phone] = [`First ${change}`, `Last ${change}`, phoneOf(change)];
    known.push({ email, home, expected: { email, firstName, lastName, phone, note: '', taxExempt: false } });
    await (home === 'hubspot'
      ? hubspot.create('contacts', { email, firstname: firstName, lastname: lastName, phone })
      : shopify.create('customers', { email, firstName, lastName, phone }));
  }

  async function edit(change: number): Promise<void> {
    // People rarely leave it at one change: half of the edits follow the one before.
    const customer = edited !== null && random() < 0.5 ? edited : oneOf(known);
    edited = customer;
    const [contact, account] = await Promise.all([
      find(hubspot, 'contacts', customer.email),
      find(shopify, 'customers', customer.email),
    ]);
    const where =
      contact === undefined
        ? 'shopify'
        : account === undefined
          ? 'hubspot'
          : oneOf<Side>(['hubspot', 'shopify']);
    const text = `edited ${change}`;
    const phone = customer.home === where && random() < 0.4 ? { phone: phoneOf(change) } : {};
    if (where === 'hubspot' && contact !== undefined) {
      const name = oneOf([{ firstName: text }, { lastName: text }, { firstName: text, lastName: text }]);
      customer.expected = { ...customer.expected, ...name, ...phone };
      await hubspot.edit('contacts', contact.id, { ...native(name), ...phone });
    } else if (account !== undefined) {
      const own = oneOf([{ note: text }, { taxExempt: random() < 0.5 }, { note: text, taxExempt: true }]);
      customer.expected = { ...customer.expected, ...own, ...phone };
      await shopify.edit('customers', account.id, { ...own, ...phone });
    }
  }

  return {
    async change() {
      changes += 1;
      await (known.length === 0 || (known.length < customers && random() < 0.33)
        ? enter(changes)
        : edit(changes));
    },
    expected: () => known.map((customer) => customer.expected),
  };
}

function native({ firstName, lastName }: Partial<Expected>): Readonly<Record<string, string>> {
  return {
    ...(firstName === undefined ? {} : { firstname: firstName }),
    ...(lastName === undefined ? {} : { lastname: lastName }),
  };
}

async function find(
  control: TwinControl,
  type: string,
  email: string,
): Promise<{ readonly id: string } | undefined> {
  return (await control.list(type)).find((record) => record['email'] === email);
}

/** The contacts of HubSpot in the terms of {@link Expected}. */
export async function contactsOf(hubspot: TwinControl): Promise<readonly Expected[]> {
  return (await hubspot.list('contacts')).map((contact) => ({
    email: text(contact['email']),
    firstName: text(contact['firstname']),
    lastName: text(contact['lastname']),
    phone: text(contact['phone']),
    note: text(contact['customer_note']),
    taxExempt: contact['customer_tax_exempt'] === 'true',
  }));
}

/** The customers of the shop in the terms of {@link Expected}. */
export async function accountsOf(shopify: TwinControl): Promise<readonly Expected[]> {
  return (await shopify.list('customers')).map((customer) => ({
    email: text(customer['email']),
    firstName: text(customer['firstName']),
    lastName: text(customer['lastName']),
    phone: text(customer['phone']),
    note: text(customer['note']),
    taxExempt: customer['taxExempt'] === true,
  }));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A customer as Shopify stores it. */
export interface Customer {
  /** Digits alone. */
  readonly id: string;
  readonly createdAt: number;
  updatedAt: number;
  fields: CustomerFields;
  /** Orders placed: Shopify deletes no customer who has any. */
  orders: number;
  /** What lists and searches saw, oldest first. */
  readonly indexed: IndexedCustomer[];
}

export interface CustomerFields {
  readonly email: string | null;
  readonly phone: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly taxExempt: boolean;
  readonly locale: string;
}

export interface IndexedCustomer {
  readonly at: number;
  readonly updatedAt: number;
  readonly fields: CustomerFields;
}

/** A change: left out stays, `null` clears. */
export type CustomerPatch = {
  readonly [Field in keyof CustomerFields]?: CustomerFields[Field] | null | undefined;
};

/** An error that Shopify returns as data. */
export interface UserError {
  readonly field: readonly string[] | null;
  readonly message: string;
  readonly code: string | null;
}

export const EMPTY_FIELDS: CustomerFields = {
  email: null,
  phone: null,
  firstName: null,
  lastName: null,
  note: null,
  tags: [],
  taxExempt: false,
  locale: 'en',
};

/** The name that Shopify shows: names, else e-mail, else phone. */
export function displayNameOf({ firstName, lastName, email, phone }: CustomerFields): string {
  const names = [firstName, lastName].filter((name) => name !== null).join(' ');
  return names === '' ? (email ?? phone ?? '') : names;
}

/** A time as the Admin API writes it: UTC, whole seconds. */
export function toDateTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

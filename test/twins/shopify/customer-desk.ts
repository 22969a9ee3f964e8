import type { Loudness } from '../core/control.ts';
import { applyPatch } from './customer-values.ts';
import {
  EMPTY_FIELDS,
  type Customer,
  type CustomerFields,
  type CustomerPatch,
  type UserError,
} from './customer.ts';
import { createIdSource } from './gid.ts';
import { createMetafieldBook, type MetafieldBook, type MetafieldEntry } from './metafields.ts';

export type DeskResult =
  | { readonly status: 'done'; readonly customer: Customer }
  | { readonly status: 'refused'; readonly errors: readonly UserError[] };

/** What happened to a customer, for the webhooks. */
export type CustomerChange =
  | { readonly kind: 'create' | 'update'; readonly customer: Customer }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'merge'; readonly keptId: string; readonly deletedId: string; readonly jobId: string };

export interface CustomerDeskOptions {
  readonly now: () => number;
  /** Country of the shop, for phones without a country code. */
  readonly country: string;
  readonly appId: string;
  /** The changes of one act. */
  readonly announce: (changes: readonly CustomerChange[]) => void;
}

/** What a customer brings along instead of getting it from Shopify; the control side alone can say so. */
export interface Given {
  readonly id: string | null;
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
}

/** Shopify's customers: stored, unique, and changed the way the Admin API does. */
export interface CustomerDesk {
  readonly metafields: MetafieldBook;
  /** By digits. */
  find(id: string): Customer | null;
  findBy(key: 'email' | 'phone', value: string): Customer | null;
  all(): IterableIterator<Customer>;
  create(
    patch: CustomerPatch,
    metafields: readonly MetafieldEntry[],
    loudness: Loudness,
    given?: Given,
  ): DeskResult;
  update(
    customer: Customer,
    patch: CustomerPatch,
    metafields: readonly MetafieldEntry[],
    loudness: Loudness,
  ): DeskResult;
  /** Moves the modified time after a metafield was set, and says so. */
  touch(customer: Customer): void;
  remove(customer: Customer, loudness: Loudness): void;
  merge(kept: Customer, deleted: Customer, fields: CustomerPatch, loudness: Loudness): string;
  clear(): void;
}

const INDEXED_VERSIONS = 20;
const FIRST_ID = 9_007_199_254_742_017n;
const NOTHING_GIVEN: Given = { id: null, createdAt: null, updatedAt: null };

/** Creates an empty shop's customers. */
export function createCustomerDesk(options: CustomerDeskOptions): CustomerDesk {
  const { now, country, announce } = options;
  const customers = new Map<string, Customer>();
  const byEmail = new Map<string, string>();
  const byPhone = new Map<string, string>();
  const ids = createIdSource(FIRST_ID);
  const otherIds = createIdSource(FIRST_ID + 2n);
  const metafields = createMetafieldBook(otherIds, options.appId);
  const taken = {
    email: (email: string) => byEmail.get(email) ?? null,
    phone: (phone: string) => byPhone.get(phone) ?? null,
  };

  function claim(customer: Customer, fields: CustomerFields): void {
    const { email, phone } = customer.fields;
    if (email !== null) byEmail.delete(email);
    if (phone !== null) byPhone.delete(phone);
    if (fields.email !== null) byEmail.set(fields.email, customer.id);
    if (fields.phone !== null) byPhone.set(fields.phone, customer.id);
    customer.fields = fields;
  }

  function index(customer: Customer): void {
    customer.indexed.push({ at: now(), updatedAt: customer.updatedAt, fields: customer.fields });
    if (customer.indexed.length > INDEXED_VERSIONS) customer.indexed.shift();
  }

  function refusalsOf(owner: string | null, entries: readonly MetafieldEntry[]): readonly UserError[] {
    return entries.flatMap((entry, position) => {
      const refusal = metafields.refusalOf(owner, entry);
      return refusal === null
        ? []
        : [{ ...refusal, field: ['metafields', String(position), ...(refusal.field ?? [])] }];
    });
  }

  function say(loudness: Loudness, changes: readonly CustomerChange[]): void {
    if (!loudness.silent) announce(changes);
  }

  function update(
    customer: Customer,
    patch: CustomerPatch,
    entries: readonly MetafieldEntry[],
    loudness: Loudness,
  ): DeskResult {
    const applied = applyPatch(customer.fields, patch, taken, { id: customer.id, country });
    const errors = [
      ...(applied.status === 'refused' ? applied.errors : []),
      ...refusalsOf(customer.id, entries),
    ];
    if (applied.status === 'refused' || errors.length > 0) return { status: 'refused', errors };
    const setOnes = entries.filter((entry) => metafields.set(customer.id, entry, now()));
    const isChanged =
      JSON.stringify(customer.fields) !== JSON.stringify(applied.fields) || setOnes.length > 0;
    // Saving what is already there changes nothing at Shopify: no modified time, no webhook.
    if (!isChanged) return { status: 'done', customer };
    claim(customer, applied.fields);
    if (!loudness.keepModified) customer.updatedAt = now();
    index(customer);
    say(loudness, [{ kind: 'update', customer }]);
    return { status: 'done', customer };
  }

  return {
    metafields,
    find: (id) => customers.get(id) ?? null,
    findBy(key, value) {
      const id = (key === 'email' ? byEmail : byPhone).get(value);
      return id === undefined ? null : (customers.get(id) ?? null);
    },
    all: () => customers.values(),
    create(patch, entries, loudness, given = NOTHING_GIVEN) {
      const applied = applyPatch(EMPTY_FIELDS, patch, taken, { id: null, country });
      const errors = [...(applied.status === 'refused' ? applied.errors : []), ...refusalsOf(null, entries)];
      if (applied.status === 'refused' || errors.length > 0) return { status: 'refused', errors };
      const createdAt = given.createdAt ?? given.updatedAt ?? now();
      const id = given.id ?? ids.next();
      if (given.id !== null) ids.reserve(given.id);
      const customer: Customer = {
        id,
        createdAt,
        updatedAt: given.updatedAt ?? createdAt,
        fields: EMPTY_FIELDS,
        orders: 0,
        indexed: [],
      };
      customers.set(id, customer);
      claim(customer, applied.fields);
      for (const entry of entries) metafields.set(id, entry, now());
      index(customer);
      say(loudness, [{ kind: 'create', customer }]);
      return { status: 'done', customer };
    },
    update,
    touch(customer) {
      customer.updatedAt = now();
      index(customer);
      announce([{ kind: 'update', customer }]);
    },
    remove(customer, loudness) {
      claim(customer, { ...customer.fields, email: null, phone: null });
      customers.delete(customer.id);
      metafields.removeOwner(customer.id);
      say(loudness, [{ kind: 'delete', id: customer.id }]);
    },
    merge(kept, deleted, fields, loudness) {
      claim(deleted, { ...deleted.fields, email: null, phone: null });
      kept.orders += deleted.orders;
      customers.delete(deleted.id);
      metafields.removeOwner(deleted.id);
      const applied = applyPatch(kept.fields, fields, taken, { id: kept.id, country });
      if (applied.status === 'valid') claim(kept, applied.fields);
      if (!loudness.keepModified) kept.updatedAt = now();
      index(kept);
      const jobId = otherIds.next();
      say(loudness, [
        { kind: 'merge', keptId: kept.id, deletedId: deleted.id, jobId },
        { kind: 'update', customer: kept },
      ]);
      return jobId;
    },
    clear() {
      customers.clear();
      byEmail.clear();
      byPhone.clear();
      metafields.clear();
      ids.restart();
      otherIds.restart();
    },
  };
}

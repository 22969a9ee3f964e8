import { z } from 'zod';

import type { ControlRecords, ControlResult, FlatRecord } from '../core/control.ts';
import type { CustomerDesk, DeskResult } from './customer-desk.ts';
import { customerMerge } from './customer-mutations.ts';
import { toDateTime, type Customer } from './customer.ts';
import { digitsOf, toGid } from './gid.ts';

const text = z.string().nullable();

const FieldsSchema = z.strictObject({
  email: text.optional(),
  phone: text.optional(),
  firstName: text.optional(),
  lastName: text.optional(),
  note: text.optional(),
  tags: z.array(z.string()).optional(),
  taxExempt: z.boolean().optional(),
  locale: z.string().optional(),
});

const time = z
  .string()
  .refine((value) => !Number.isNaN(Date.parse(value)), 'is no ISO time')
  .transform((value) => Date.parse(value));

const NewSchema = FieldsSchema.extend({
  id: z.string().optional(),
  createdAt: time.optional(),
  updatedAt: time.optional(),
});

const FIELDS = Object.keys(FieldsSchema.shape).join(', ');

/** Customers as a person works with them in Shopify's admin. Ids may be given as gid or as digits. */
export function shopifyControlRecords(desk: CustomerDesk): ControlRecords {
  const find = (id: string): Customer | null => desk.find(digitsOf('Customer', id) ?? id);
  const flat = (customer: Customer): FlatRecord => flatCustomer(desk, customer);
  const onCustomer = (id: string, act: (customer: Customer) => ControlResult): ControlResult => {
    const customer = find(id);
    return customer === null ? refuse(404, `There is no customer ${id}.`) : act(customer);
  };
  const settled = (result: DeskResult): ControlResult =>
    result.status === 'done' ? { record: flat(result.customer) } : asRefusal(result);

  return {
    list: () => [...desk.all()].map(flat),
    get(id) {
      const customer = find(id);
      return customer === null ? null : flat(customer);
    },
    create(fields, loudness) {
      const parsed = NewSchema.safeParse(fields);
      if (!parsed.success) return refuse(400, unusable(parsed.error, `${FIELDS}, id, createdAt, updatedAt`));
      const { id, createdAt, updatedAt, ...patch } = parsed.data;
      const digits = id === undefined ? null : (digitsOf('Customer', id) ?? id);
      if (digits !== null && (!/^[1-9]\d{0,18}$/.test(digits) || desk.find(digits) !== null)) {
        return refuse(400, 'id is left out, or a free id: gid://shopify/Customer/<digits>, or the digits.');
      }
      return settled(
        desk.create(patch, [], loudness, {
          id: digits,
          createdAt: createdAt ?? null,
          updatedAt: updatedAt ?? null,
        }),
      );
    },
    update: (id, fields, loudness) =>
      onCustomer(id, (customer) => {
        const parsed = FieldsSchema.safeParse(fields);
        return parsed.success
          ? settled(desk.update(customer, parsed.data, [], loudness))
          : refuse(400, unusable(parsed.error, FIELDS));
      }),
    remove: (id, loudness) =>
      onCustomer(id, (customer) => {
        if (customer.orders > 0) return refuse(409, `Customer ${id} has placed orders and is kept.`);
        const last = flat(customer);
        desk.remove(customer, loudness);
        return { record: last };
      }),
    acts: {
      'place-order': (id, _fields, loudness) =>
        onCustomer(id, (customer) => {
          customer.orders += 1;
          return settled(desk.update(customer, {}, [], loudness));
        }),
      merge: (id, fields, loudness) =>
        onCustomer(id, (customer) => {
          const other = typeof fields['with'] === 'string' ? find(fields['with']) : null;
          if (other === null || other === customer)
            return refuse(400, 'Send {"with": "<id of the other customer>"}.');
          // The second one is kept where no e-mail decides; a person picks the one that is on the screen.
          customerMerge(
            desk,
            { customerOneId: toGid('Customer', other.id), customerTwoId: toGid('Customer', customer.id) },
            loudness,
          );
          const kept = desk.find(customer.id) ?? desk.find(other.id);
          return kept === null ? refuse(409, 'The customers cannot be merged.') : { record: flat(kept) };
        }),
    },
  };
}

function flatCustomer(desk: CustomerDesk, customer: Customer): FlatRecord {
  return {
    id: toGid('Customer', customer.id),
    legacyResourceId: customer.id,
    ...customer.fields,
    metafields: Object.fromEntries(
      desk.metafields.of(customer.id).map(({ namespace, key, value }) => [`${namespace}.${key}`, value]),
    ),
    createdAt: toDateTime(customer.createdAt),
    updatedAt: toDateTime(customer.updatedAt),
  };
}

function asRefusal(result: Extract<DeskResult, { status: 'refused' }>): ControlResult {
  const message = result.errors.map((error) => error.message).join('; ');
  return refuse(result.errors.some((error) => error.code === 'TAKEN') ? 409 : 400, message);
}

function unusable(error: z.ZodError, fields: string): string {
  return `A customer has the fields ${fields}: ${error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim()).join('; ')}`;
}

function refuse(status: 400 | 404 | 409, message: string): ControlResult {
  return { refused: { status, message } };
}

import { z } from 'zod';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { NativeId } from '#shared/model/ids.ts';
import type { EntityMapping } from '../connector.ts';
import type { NativeObject } from '../native-fields.ts';
import { parseOwnId } from '../own-id.ts';
import { misshapen } from './errors.ts';
import { customerIdOf } from './native-id.ts';

const CustomerSchema = z.object({
  id: z.string(),
  updatedAt: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  note: z.string().nullable(),
  taxExempt: z.boolean(),
  defaultEmailAddress: z.object({ emailAddress: z.string() }).nullable(),
  defaultPhoneNumber: z.object({ phoneNumber: z.string() }).nullable(),
  /** Asked for by reads alone. */
  ownId: z.object({ value: z.string() }).nullish(),
});

/** Names that a mapping of customers may use: those of `CustomerInput`, which the answer is brought under. */
const NATIVE_NAMES: ReadonlySet<string> = new Set([
  'email',
  'firstName',
  'lastName',
  'phone',
  'note',
  'taxExempt',
]);

/** Reads Shopify's form of a customer. @throws ConcordError `vendor_protocol` for anything else. */
export function parseCustomer(call: VendorCall, value: unknown): NativeObject {
  const parsed = CustomerSchema.safeParse(value);
  const nativeId = customerIdOf(parsed.data?.id);
  if (!parsed.success || nativeId === undefined) throw misshapen(call);
  const { defaultEmailAddress, defaultPhoneNumber, updatedAt, ownId, ...plain } = parsed.data;
  const native = {
    ...plain,
    email: defaultEmailAddress?.emailAddress ?? null,
    phone: defaultPhoneNumber?.phoneNumber ?? null,
  };
  return { nativeId, native, modified: updatedAt, ownId: parseOwnId(ownId?.value) };
}

/** Reads `{id}` or null. @throws ConcordError `vendor_protocol` for anything else. */
export function parseCustomerId(call: VendorCall, value: unknown): NativeId | null {
  if (value === null) return null;
  const nativeId = customerIdOf(z.object({ id: z.string() }).safeParse(value).data?.id);
  if (nativeId === undefined) throw misshapen(call);
  return nativeId;
}

/** @throws ConcordError `invalid_configuration` for an object or a field that the operations do not carry. */
export function checkCustomerMapping(mapping: EntityMapping): void {
  if (mapping.object !== 'Customer') {
    throw invalidConfiguration(`The Shopify connector has no operations for ${mapping.object}.`);
  }
  const unknown = mapping.fields.filter(({ native }) => !NATIVE_NAMES.has(native));
  if (unknown.length > 0) {
    const names = unknown.map(({ native }) => native).join(', ');
    throw invalidConfiguration(`The Shopify operations for customers do not carry: ${names}.`);
  }
}

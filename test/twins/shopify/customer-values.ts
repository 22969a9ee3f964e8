import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';

import type { CustomerFields, CustomerPatch, UserError } from './customer.ts';

export type ValuesResult =
  | { readonly status: 'valid'; readonly fields: CustomerFields }
  | { readonly status: 'refused'; readonly errors: readonly UserError[] };

/** Who holds a unique value already, by digits of its id. */
export interface TakenBy {
  email(email: string): string | null;
  phone(phone: string): string | null;
}

const EMAIL = /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;.]+$/;
const MAX_NOTE = 5_000;
const MAX_TAGS = 250;
const MAX_TAG = 255;

/**
 * Applies a change to present values the way Shopify does: empty text becomes null, e-mails are lower-cased,
 * phones stored as E.164, tags sorted and each kept once whatever its case. Errors name the field alone; the
 * caller puts the path of its input before it.
 */
export function applyPatch(
  present: CustomerFields,
  patch: CustomerPatch,
  taken: TakenBy,
  self: { readonly id: string | null; readonly country: string },
): ValuesResult {
  const errors: UserError[] = [];
  const refuse = (field: string, message: string, code: string): void => {
    errors.push({ field: [field], message, code });
  };
  const text = (field: 'firstName' | 'lastName' | 'note'): string | null =>
    patch[field] === undefined ? present[field] : emptyToNull(patch[field]);

  const email =
    patch.email === undefined ? present.email : (emptyToNull(patch.email)?.trim().toLowerCase() ?? null);
  if (email !== null && !EMAIL.test(email)) refuse('email', 'Email is invalid', 'INVALID');
  else if (isTaken(email, (value) => taken.email(value), self.id))
    refuse('email', 'Email has already been taken', 'TAKEN');

  const phone = patch.phone === undefined ? present.phone : toE164(patch.phone, self.country);
  if (phone === 'invalid') refuse('phone', 'Phone is invalid', 'INVALID');
  else if (isTaken(phone, (value) => taken.phone(value), self.id))
    refuse('phone', 'Phone has already been taken', 'TAKEN');

  if (patch.taxExempt === null) refuse('taxExempt', 'Tax exempt is of unexpected type NilClass', 'INVALID');
  const note = text('note');
  if ((note?.length ?? 0) > MAX_NOTE)
    refuse('note', `Note is too long (maximum is ${MAX_NOTE} characters)`, 'TOO_LONG');
  const tags = patch.tags === undefined || patch.tags === null ? present.tags : normaliseTags(patch.tags);
  if (tags.length > MAX_TAGS) refuse('tags', `Tags cannot be more than ${MAX_TAGS}`, 'TOO_LONG');
  if (tags.some((tag) => tag.length > MAX_TAG))
    refuse('tags', `A tag is too long (maximum is ${MAX_TAG} characters)`, 'TOO_LONG');
  if (errors.length > 0) return { status: 'refused', errors };

  const fields: CustomerFields = {
    email,
    phone,
    firstName: text('firstName'),
    lastName: text('lastName'),
    note,
    tags,
    taxExempt: patch.taxExempt ?? present.taxExempt,
    locale: patch.locale ?? present.locale,
  };
  if ([fields.email, fields.phone, fields.firstName, fields.lastName].every((value) => value === null)) {
    const message = 'A name, phone number, or email address must be present';
    return { status: 'refused', errors: [{ field: null, message, code: 'INVALID' }] };
  }
  return { status: 'valid', fields };
}

/** Tags as stored: trimmed, split at commas, each once whatever its case, sorted without regard to case. */
export function normaliseTags(tags: readonly string[]): readonly string[] {
  const kept = new Map<string, string>();
  for (const tag of tags.flatMap((one) => one.split(',')).map((one) => one.trim())) {
    if (tag !== '' && !kept.has(tag.toLowerCase())) kept.set(tag.toLowerCase(), tag);
  }
  return [...kept].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, tag]) => tag);
}

/** A phone as stored, null for none, `invalid` when it can be no number. */
export function toE164(phone: string | null, country: string): string | null {
  const given = emptyToNull(phone);
  if (given === null) return null;
  const parsed = parsePhoneNumberFromString(given, country as CountryCode);
  return parsed?.isPossible() === true ? parsed.number : 'invalid';
}

function isTaken(
  value: string | null,
  holder: (value: string) => string | null,
  self: string | null,
): boolean {
  const by = value === null ? null : holder(value);
  return by !== null && by !== self;
}

function emptyToNull(value: string | null | undefined): string | null {
  return value === undefined || value === null || value.trim() === '' ? null : value;
}

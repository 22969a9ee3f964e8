import { GraphQLError } from 'graphql';

import type { WriteOutcome } from '../core/write-log.ts';
import type { Loudness } from '../core/control.ts';
import type { CustomerDesk, DeskResult } from './customer-desk.ts';
import { normaliseTags, toE164 } from './customer-values.ts';
import type { Customer, CustomerPatch, UserError } from './customer.ts';
import { digitsOf, toGid } from './gid.ts';
import type { MetafieldEntry } from './metafields.ts';
import { presentCustomer } from './present.ts';

/** What a mutation answers, and what became of it for the write log. */
export interface MutationResult {
  readonly payload: object;
  readonly outcomes: readonly WriteOutcome[];
}

export interface CustomId {
  readonly namespace?: string | null;
  readonly key: string;
  readonly value: string;
}

export interface CustomerInput extends CustomerPatch {
  readonly id?: string | null;
  readonly metafields?: readonly MetafieldInput[] | null;
}

/** The schema lets everything of it be left out; what is needed is refused as data. */
interface MetafieldInput {
  readonly namespace?: string | null;
  readonly key?: string | null;
  readonly type?: string | null;
  readonly value?: string | null;
}

interface Identifiers {
  readonly id?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly customId?: CustomId | null;
}

export interface MergeArguments {
  readonly customerOneId: string;
  readonly customerTwoId: string;
  readonly overrideFields?: {
    readonly customerIdOfEmailToKeep?: string | null;
    readonly customerIdOfFirstNameToKeep?: string | null;
    readonly customerIdOfLastNameToKeep?: string | null;
    readonly customerIdOfPhoneNumberToKeep?: string | null;
    readonly note?: string | null;
    readonly tags?: readonly string[] | null;
  } | null;
}

const LOUD: Loudness = { silent: false, keepModified: false };
const MAX_MERGED_TAGS = 250;
const MAX_MERGED_NOTE = 5_000;

/** Finds a customer by a value of a definition of type `id`. @throws GraphQLError without such a definition. */
export function findByCustomId(desk: CustomerDesk, { namespace, key, value }: CustomId): Customer | null {
  const stored = desk.metafields.namespaceOf(namespace);
  const definition = desk.metafields.definition(stored, key);
  if (definition?.type !== 'id' || !definition.isUnique) {
    throw new GraphQLError("Metafield definition of type 'id' is required when using custom ids.", {
      extensions: { code: 'NOT_FOUND' },
    });
  }
  const owner = desk.metafields.findOwner(stored, key, value);
  return owner === null ? null : desk.find(owner);
}

/** Finds a customer by its global id. */
export function findByGid(desk: CustomerDesk, gid: string): Customer | null {
  const digits = digitsOf('Customer', gid);
  return digits === null ? null : desk.find(digits);
}

/** `customerCreate`. */
export function customerCreate(desk: CustomerDesk, { input }: { input: CustomerInput }): MutationResult {
  if (input.id !== undefined && input.id !== null)
    return refused([{ field: ['id'], message: 'Cannot specify ID on creation', code: null }]);
  return settled(desk, desk.create(input, entriesOf(input), LOUD), []);
}

/** `customerUpdate`. */
export function customerUpdate(desk: CustomerDesk, { input }: { input: CustomerInput }): MutationResult {
  const customer = findByGid(desk, input.id ?? '');
  if (customer === null) return refused([{ field: ['id'], message: 'Customer does not exist', code: null }]);
  return settled(desk, desk.update(customer, input, entriesOf(input), LOUD), []);
}

function entriesOf({ metafields }: CustomerInput): readonly MetafieldEntry[] {
  return (metafields ?? []).map((entry) => ({ ...entry, key: entry.key ?? '', value: entry.value ?? '' }));
}

/** `customerSet`: creates or updates by an identifier; lists are replaced. */
export function customerSet(
  desk: CustomerDesk,
  args: { identifier?: Identifiers | null; input: CustomerInput },
  country: string,
): MutationResult {
  const { input } = args;
  const identifier = args.identifier ?? null;
  const asInput = (message: string, code: string): MutationResult =>
    refused([{ field: ['input'], message, code }]);
  if (identifier !== null && input.id !== undefined)
    return asInput('The id field is not allowed if identifier is provided.', 'ID_NOT_ALLOWED');
  for (const key of ['email', 'phone'] as const) {
    const wanted = identifier?.[key];
    if (wanted === undefined || wanted === null) continue;
    if (input[key] === undefined || input[key] === null)
      return asInput(
        'The input field corresponding to the identifier is required.',
        'MISSING_FIELD_REQUIRED',
      );
    if (canonical(key, input[key], country) !== canonical(key, wanted, country)) {
      return asInput(
        'The identifier value does not match the value of the corresponding field in the input.',
        'INPUT_MISMATCH',
      );
    }
  }
  const found = findIdentified(desk, identifier ?? { id: input.id ?? null }, country);
  const customId = identifier?.customId ?? null;
  const entries: readonly MetafieldEntry[] = customId === null ? [] : [customId];
  if (found !== null) return settled(desk, desk.update(found, input, [], LOUD), ['input']);
  if ((identifier?.id ?? input.id ?? null) !== null)
    return asInput('Resource matching the identifier was not found.', 'NOT_FOUND');
  return settled(desk, desk.create(input, entries, LOUD), ['input']);
}

function findIdentified(
  desk: CustomerDesk,
  { id, email, phone, customId }: Identifiers,
  country: string,
): Customer | null {
  if (id !== undefined && id !== null) return findByGid(desk, id);
  if (email !== undefined && email !== null) return desk.findBy('email', canonical('email', email, country));
  if (phone !== undefined && phone !== null) return desk.findBy('phone', canonical('phone', phone, country));
  return customId === undefined || customId === null ? null : findByCustomId(desk, customId);
}

/** The form in which an e-mail or phone is compared. */
export function canonical(key: 'email' | 'phone', value: string, country: string): string {
  return key === 'email' ? value.trim().toLowerCase() : (toE164(value, country) ?? '');
}

/** `customerDelete`. */
export function customerDelete(
  desk: CustomerDesk,
  { input }: { input: { readonly id: string } },
): MutationResult {
  const customer = findByGid(desk, input.id);
  if (customer === null) {
    const userErrors = [{ field: ['id'], message: "Customer can't be found" }];
    return {
      payload: { deletedCustomerId: null, userErrors },
      outcomes: [{ id: input.id, accepted: false }],
    };
  }
  if (customer.orders > 0) {
    const userErrors = [
      { field: ['id'], message: "Customer can't be deleted because they have placed orders" },
    ];
    return {
      payload: { deletedCustomerId: null, userErrors },
      outcomes: [{ id: input.id, accepted: false }],
    };
  }
  desk.remove(customer, LOUD);
  return {
    payload: { deletedCustomerId: input.id, userErrors: [] },
    outcomes: [{ id: input.id, accepted: true }],
  };
}

/**
 * `customerMerge`. Kept is whom the e-mail override names, else the only one with an e-mail, else the second.
 * The job is done at once.
 */
export function customerMerge(
  desk: CustomerDesk,
  args: MergeArguments,
  loudness: Loudness = LOUD,
): MutationResult {
  const one = findByGid(desk, args.customerOneId);
  const two = findByGid(desk, args.customerTwoId);
  const errors: UserError[] = [];
  const refuse = (field: string, message: string, code: string): number =>
    errors.push({ field: [field], message, code });
  if (one === null) refuse('customerOneId', 'Customer does not exist', 'INVALID_CUSTOMER_ID');
  if (two === null || two === one)
    refuse('customerTwoId', 'Customer does not exist, or is the first one', 'INVALID_CUSTOMER_ID');
  if (one === null || two === null || errors.length > 0) return mergeRefused(errors);
  const fields = mergedFields(desk, one, two, args);
  if ((fields.tags ?? []).length > MAX_MERGED_TAGS)
    errors.push(...both('Customers must have 250 tags or less.'));
  if ((fields.note ?? '').length > MAX_MERGED_NOTE)
    errors.push(...both('Customer notes must be 5,000 characters or less.'));
  if (errors.length > 0) return mergeRefused(errors);
  const kept = keptOf(one, two, args);
  const jobId = desk.merge(kept, kept === one ? two : one, fields, loudness);
  const id = toGid('Customer', kept.id);
  return {
    payload: { job: { id: toGid('Job', jobId), done: true }, resultingCustomerId: id, userErrors: [] },
    outcomes: [{ id, accepted: true }],
  };
}

function keptOf(one: Customer, two: Customer, { overrideFields }: MergeArguments): Customer {
  const wished = overrideFields?.customerIdOfEmailToKeep;
  const byWish = [one, two].find(
    ({ id, fields }) => toGid('Customer', id) === wished && fields.email !== null,
  );
  if (byWish !== undefined) return byWish;
  return one.fields.email !== null && two.fields.email === null ? one : two;
}

function mergedFields(desk: CustomerDesk, one: Customer, two: Customer, args: MergeArguments): CustomerPatch {
  const kept = keptOf(one, two, args);
  const other = kept === one ? two : one;
  const wishes = args.overrideFields ?? {};
  const pick = (
    field: 'firstName' | 'lastName' | 'phone',
    wished: string | null | undefined,
  ): string | null => {
    const chosen = wished === undefined || wished === null ? null : findByGid(desk, wished);
    return chosen === null ? (kept.fields[field] ?? other.fields[field]) : chosen.fields[field];
  };
  const notes = [kept.fields.note, other.fields.note].filter((note) => note !== null);
  return {
    email: kept.fields.email ?? other.fields.email,
    firstName: pick('firstName', wishes.customerIdOfFirstNameToKeep),
    lastName: pick('lastName', wishes.customerIdOfLastNameToKeep),
    phone: pick('phone', wishes.customerIdOfPhoneNumberToKeep),
    note: wishes.note ?? (notes.length === 0 ? null : notes.join('\n')),
    tags: wishes.tags ?? normaliseTags([...kept.fields.tags, ...other.fields.tags]),
    taxExempt: kept.fields.taxExempt,
  };
}

function both(message: string): readonly UserError[] {
  return ['customerOneId', 'customerTwoId'].map((field) => ({
    field: [field],
    message,
    code: 'INVALID_CUSTOMER',
  }));
}

function mergeRefused(userErrors: readonly UserError[]): MutationResult {
  return {
    payload: { job: null, resultingCustomerId: null, userErrors },
    outcomes: [{ id: null, accepted: false }],
  };
}

/** `tagsAdd` and `tagsRemove`: safe to repeat. */
export function changeTags(
  desk: CustomerDesk,
  args: { readonly id: string; readonly tags: readonly string[] },
  how: 'add' | 'remove',
): MutationResult {
  const customer = findByGid(desk, args.id);
  if (customer === null) {
    const userErrors = [{ field: ['id'], message: 'Customer does not exist' }];
    return { payload: { node: null, userErrors }, outcomes: [{ id: args.id, accepted: false }] };
  }
  const named = new Set(normaliseTags(args.tags).map((tag) => tag.toLowerCase()));
  const { tags: present } = customer.fields;
  const tags =
    how === 'add' ? [...present, ...args.tags] : present.filter((tag) => !named.has(tag.toLowerCase()));
  const result = desk.update(customer, { tags }, [], LOUD);
  const userErrors = result.status === 'refused' ? result.errors : [];
  return {
    payload: { node: userErrors.length > 0 ? null : presentCustomer(customer, desk.metafields), userErrors },
    outcomes: [{ id: args.id, accepted: userErrors.length === 0 }],
  };
}

function settled(desk: CustomerDesk, result: DeskResult, prefix: readonly string[]): MutationResult {
  if (result.status === 'refused') {
    return refused(
      result.errors.map((error) => ({
        ...error,
        field: error.field === null && prefix.length === 0 ? null : [...prefix, ...(error.field ?? [])],
      })),
    );
  }
  const { customer } = result;
  return {
    payload: { customer: presentCustomer(customer, desk.metafields), userErrors: [] },
    outcomes: [{ id: toGid('Customer', customer.id), accepted: true }],
  };
}

function refused(userErrors: readonly UserError[]): MutationResult {
  return { payload: { customer: null, userErrors }, outcomes: [{ id: null, accepted: false }] };
}

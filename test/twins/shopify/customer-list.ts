import { GraphQLError } from 'graphql';

import { displayNameOf, type Customer } from './customer.ts';
import { parseCustomerQuery, type SearchedCustomer } from './customer-search.ts';

export interface ListArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly query?: string | null;
  readonly sortKey?: string | null;
  readonly reverse?: boolean | null;
}

export interface CustomerPage {
  readonly customers: readonly { readonly customer: Customer; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

const MAX_PAGE = 250;

/** One page of customers as the index knew them at `indexedUntil`. */
export function listCustomers(
  all: Iterable<Customer>,
  args: ListArguments,
  indexedUntil: number,
  now: number,
): CustomerPage {
  const first = args.first ?? null;
  if (first === null) throw badRequest('you must provide one of first or last');
  if (first < 0 || first > MAX_PAGE) throw badRequest(`first must be from 0 to ${MAX_PAGE}`);
  const direction = args.reverse === true ? -1 : 1;
  const isWanted = parseCustomerQuery(args.query ?? '', now);
  const after = args.after === undefined || args.after === null ? null : readCursor(args.after);
  const rest: { readonly customer: Customer; readonly place: Place }[] = [];
  let found = 0;
  for (const customer of all) {
    const seen = customer.indexed.findLast((version) => version.at <= indexedUntil);
    if (seen === undefined) continue;
    const searched: SearchedCustomer = { ...seen, id: customer.id, createdAt: customer.createdAt };
    if (!isWanted(searched)) continue;
    found += 1;
    const place = placeOf(searched, args.sortKey ?? 'ID');
    if (after === null || direction * comparePlaces(place, after) > 0) rest.push({ customer, place });
  }
  rest.sort((a, b) => direction * comparePlaces(a.place, b.place));
  return {
    customers: rest.slice(0, first).map(({ customer, place }) => ({ customer, cursor: toCursor(place) })),
    hasNextPage: rest.length > first,
    hasPreviousPage: rest.length < found,
  };
}

/** Where a customer stands in an order: a value, and the id where values are equal. */
interface Place {
  readonly value: string;
  readonly id: bigint;
}

function placeOf(customer: SearchedCustomer, sortKey: string): Place {
  const { fields } = customer;
  const id = BigInt(customer.id);
  switch (sortKey) {
    case 'UPDATED_AT':
      return { id, value: timeKey(customer.updatedAt) };
    case 'CREATED_AT':
      return { id, value: timeKey(customer.createdAt) };
    case 'NAME':
      return {
        id,
        value: `${fields.lastName ?? ''}, ${fields.firstName ?? ''} ${displayNameOf(fields)}`.toLowerCase(),
      };
    default:
      return { id, value: '' };
  }
}

/** Sorts as text; whole seconds, as Shopify keeps times. */
function timeKey(epochMs: number): string {
  return String(Math.floor(epochMs / 1_000)).padStart(12, '0');
}

function comparePlaces(a: Place, b: Place): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

function toCursor({ id, value }: Place): string {
  return Buffer.from(JSON.stringify({ last_id: String(id), last_value: value })).toString('base64');
}

function readCursor(cursor: string): Place {
  try {
    const { last_id: id, last_value: value } = JSON.parse(
      Buffer.from(cursor, 'base64').toString('utf8'),
    ) as Record<string, unknown>;
    if (typeof id === 'string' && /^\d+$/.test(id) && typeof value === 'string')
      return { id: BigInt(id), value };
  } catch {
    // Falls through to the refusal that a cursor of another kind gets.
  }
  throw badRequest('Invalid cursor for current pagination sort.');
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}

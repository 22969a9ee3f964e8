import { digestOf, type Metafield, type MetafieldBook, type MetafieldDefinition } from './metafields.ts';
import { displayNameOf, toDateTime, type Customer } from './customer.ts';
import type { CustomerPage } from './customer-list.ts';
import { toGid } from './gid.ts';

interface MetafieldsArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly namespace?: string | null;
  readonly keys?: readonly string[] | null;
}

/** A customer as GraphQL objects show it. It is read when it is asked, so it shows what a mutation left. */
export function presentCustomer(customer: Customer, book: MetafieldBook): object {
  const { id, fields } = customer;
  return {
    __typename: 'Customer',
    id: toGid('Customer', id),
    legacyResourceId: id,
    createdAt: toDateTime(customer.createdAt),
    updatedAt: toDateTime(customer.updatedAt),
    displayName: displayNameOf(fields),
    firstName: fields.firstName,
    lastName: fields.lastName,
    email: fields.email,
    phone: fields.phone,
    defaultEmailAddress: fields.email === null ? null : { emailAddress: fields.email, validFormat: true },
    defaultPhoneNumber: fields.phone === null ? null : { phoneNumber: fields.phone },
    locale: fields.locale,
    note: fields.note,
    state: 'DISABLED',
    tags: fields.tags,
    taxExempt: fields.taxExempt,
    verifiedEmail: true,
    metafield: ({ namespace, key }: { namespace?: string | null; key: string }) => {
      const metafield = book.get(id, book.namespaceOf(namespace), key);
      return metafield === null ? null : presentMetafield(metafield);
    },
    metafields: (args: MetafieldsArguments) => presentMetafields(book.of(id), args, book),
  };
}

/** A metafield with the digest that a conditional write compares. */
export function presentMetafield(metafield: Metafield): object {
  return {
    __typename: 'Metafield',
    id: toGid('Metafield', metafield.id),
    legacyResourceId: metafield.id,
    namespace: metafield.namespace,
    key: metafield.key,
    type: metafield.type,
    value: metafield.value,
    ownerType: 'CUSTOMER',
    compareDigest: digestOf(metafield),
    createdAt: toDateTime(metafield.createdAt),
    updatedAt: toDateTime(metafield.updatedAt),
  };
}

function presentMetafields(
  all: readonly Metafield[],
  args: MetafieldsArguments,
  book: MetafieldBook,
): object {
  const wanted = all.filter(
    (metafield) =>
      (args.namespace === undefined ||
        args.namespace === null ||
        metafield.namespace === book.namespaceOf(args.namespace)) &&
      (args.keys === undefined ||
        args.keys === null ||
        args.keys.includes(`${metafield.namespace}.${metafield.key}`)),
  );
  const start =
    args.after === undefined || args.after === null ? 0 : wanted.findIndex(({ id }) => id === args.after) + 1;
  const page = wanted.slice(start, start + (args.first ?? wanted.length));
  return connection(
    page.map((metafield) => ({ cursor: metafield.id, node: presentMetafield(metafield) })),
    { hasNextPage: start + page.length < wanted.length, hasPreviousPage: start > 0 },
  );
}

/** A page of customers as a connection. */
export function presentPage(page: CustomerPage, book: MetafieldBook): object {
  return connection(
    page.customers.map(({ customer, cursor }) => ({ cursor, node: presentCustomer(customer, book) })),
    page,
  );
}

function connection(
  edges: readonly { readonly cursor: string; readonly node: object }[],
  { hasNextPage, hasPreviousPage }: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
): object {
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A metafield definition. */
export function presentDefinition(definition: MetafieldDefinition): object {
  return {
    __typename: 'MetafieldDefinition',
    id: toGid('MetafieldDefinition', definition.id),
    namespace: definition.namespace,
    key: definition.key,
    name: definition.name,
    ownerType: 'CUSTOMER',
    type: { name: definition.type },
    capabilities: { uniqueValues: { eligible: true, enabled: definition.isUnique } },
  };
}

/** The one place that names Shopify's API version. */
export const SHOPIFY_API_VERSION = '2026-10';

/** Our own unique id on every customer we create: a metafield of type `id` (M2). */
export const OWN_ID_NAMESPACE = 'concord';
export const OWN_ID_KEY = 'record_id';

/** Everything a mapping of customers may ask for. */
const CUSTOMER_FIELDS = `
  fragment CustomerFields on Customer {
    id
    updatedAt
    firstName
    lastName
    note
    taxExempt
    defaultEmailAddress { emailAddress }
    defaultPhoneNumber { phoneNumber }
  }
`;

const OWN_ID = `ownId: metafield(namespace: "${OWN_ID_NAMESPACE}", key: "${OWN_ID_KEY}") { value }`;

export const READ_CUSTOMER = `
  query ConcordReadCustomer($id: ID!) {
    customer(id: $id) {
      ...CustomerFields
      ${OWN_ID}
    }
  }
  ${CUSTOMER_FIELDS}
`;

/** Answers in the order of the ids, null for one that does not exist. */
export const READ_CUSTOMERS = `
  query ConcordReadCustomers($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Customer {
        ...CustomerFields
        ${OWN_ID}
      }
    }
  }
  ${CUSTOMER_FIELDS}
`;

export const CREATE_CUSTOMER = `
  mutation ConcordCreateCustomer($input: CustomerInput!) {
    customerCreate(input: $input) {
      customer { ...CustomerFields }
      userErrors { field message }
    }
  }
  ${CUSTOMER_FIELDS}
`;

export const UPDATE_CUSTOMER = `
  mutation ConcordUpdateCustomer($input: CustomerInput!) {
    customerUpdate(input: $input) {
      customer { ...CustomerFields }
      userErrors { field message }
    }
  }
  ${CUSTOMER_FIELDS}
`;

export const DELETE_CUSTOMER = `
  mutation ConcordDeleteCustomer($input: CustomerDeleteInput!) {
    customerDelete(input: $input) {
      deletedCustomerId
      userErrors { field message }
    }
  }
`;

/** Names who changed and when; what they are now is read by id. */
export const LIST_CUSTOMERS = `
  query ConcordListCustomers(
    $first: Int!
    $after: String
    $query: String
    $sortKey: CustomerSortKeys
    $reverse: Boolean
  ) {
    customers(first: $first, after: $after, query: $query, sortKey: $sortKey, reverse: $reverse) {
      nodes { id updatedAt }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

/** Looks up any number of identifiers in one request, as the aliases `by0`, `by1`, ... */
export function findCustomers(identifiers: number): string {
  const indexes = Array.from({ length: identifiers }, (_, index) => index);
  const variables = indexes.map((index) => `$by${index}: CustomerIdentifierInput!`).join(', ');
  const fields = indexes
    .map((index) => `by${index}: customerByIdentifier(identifier: $by${index}) { id }`)
    .join('\n    ');
  return `
  query ConcordFindCustomers(${variables}) {
    ${fields}
  }
`;
}

export const READ_OWN_ID_DEFINITION = `
  query ConcordReadOwnIdDefinition($identifier: MetafieldDefinitionIdentifierInput!) {
    metafieldDefinition(identifier: $identifier) {
      id
      type { name }
      capabilities { uniqueValues { enabled } }
    }
  }
`;

export const CREATE_OWN_ID_DEFINITION = `
  mutation ConcordCreateOwnIdDefinition($definition: MetafieldDefinitionInput!) {
    metafieldDefinitionCreate(definition: $definition) {
      createdDefinition { id }
      userErrors { field message code }
    }
  }
`;

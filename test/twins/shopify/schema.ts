import { buildSchema, type GraphQLSchema } from 'graphql';

import { INPUTS_TEXT } from './schema-inputs.ts';
import { PAYLOADS_TEXT } from './schema-payloads.ts';

/** Admin API version whose subset this is. */
export const API_VERSION = '2026-10';

/**
 * The part of Shopify's Admin API that the twin serves. Each type, field, argument and value in it exists with
 * the same type in the vendor's schema of this version; a test compares them where that schema is at hand.
 */
const OBJECTS_TEXT = /* GraphQL */ `
  schema {
    query: QueryRoot
    mutation: Mutation
  }

  directive @idempotent(key: String!) on FIELD

  scalar DateTime
  scalar UnsignedInt64

  type QueryRoot {
    customer(id: ID!): Customer
    customerByIdentifier(identifier: CustomerIdentifierInput!): Customer
    customers(
      after: String
      first: Int
      query: String
      reverse: Boolean = false
      sortKey: CustomerSortKeys = ID
    ): CustomerConnection!
    metafieldDefinition(identifier: MetafieldDefinitionIdentifierInput): MetafieldDefinition
    nodes(ids: [ID!]!): [Node]!
    shop: Shop!
  }

  type Mutation {
    customerCreate(input: CustomerInput!): CustomerCreatePayload
    customerUpdate(input: CustomerInput!): CustomerUpdatePayload
    customerSet(identifier: CustomerSetIdentifiers, input: CustomerSetInput!): CustomerSetPayload
    customerDelete(input: CustomerDeleteInput!): CustomerDeletePayload
    customerMerge(
      customerOneId: ID!
      customerTwoId: ID!
      overrideFields: CustomerMergeOverrideFields
    ): CustomerMergePayload
    metafieldsSet(metafields: [MetafieldsSetInput!]!): MetafieldsSetPayload
    metafieldDefinitionCreate(definition: MetafieldDefinitionInput!): MetafieldDefinitionCreatePayload
    tagsAdd(id: ID!, tags: [String!]!): TagsAddPayload
    tagsRemove(id: ID!, tags: [String!]!): TagsRemovePayload
  }

  interface Node {
    id: ID!
  }

  interface LegacyInteroperability {
    legacyResourceId: UnsignedInt64!
  }

  interface HasMetafields {
    metafield(key: String!, namespace: String): Metafield
    metafields(after: String, first: Int, keys: [String!], namespace: String): MetafieldConnection!
  }

  interface HasCompareDigest {
    compareDigest: String!
  }

  interface DisplayableError {
    field: [String!]
    message: String!
  }

  type Shop implements Node {
    id: ID!
    myshopifyDomain: String!
    name: String!
  }

  type Customer implements HasMetafields & LegacyInteroperability & Node {
    createdAt: DateTime!
    defaultEmailAddress: CustomerEmailAddress
    defaultPhoneNumber: CustomerPhoneNumber
    displayName: String!
    email: String @deprecated(reason: "Read defaultEmailAddress.emailAddress.")
    firstName: String
    id: ID!
    lastName: String
    legacyResourceId: UnsignedInt64!
    locale: String!
    metafield(key: String!, namespace: String): Metafield
    metafields(after: String, first: Int, keys: [String!], namespace: String): MetafieldConnection!
    note: String
    phone: String @deprecated(reason: "Read defaultPhoneNumber.phoneNumber.")
    state: CustomerState!
    tags: [String!]!
    taxExempt: Boolean!
    updatedAt: DateTime!
    verifiedEmail: Boolean!
  }

  type CustomerEmailAddress {
    emailAddress: String!
    validFormat: Boolean!
  }

  type CustomerPhoneNumber {
    phoneNumber: String!
  }

  enum CustomerState {
    DECLINED
    DISABLED
    ENABLED
    INVITED
  }

  enum CustomerSortKeys {
    CREATED_AT
    ID
    NAME
    UPDATED_AT
  }

  type CustomerConnection {
    edges: [CustomerEdge!]!
    nodes: [Customer!]!
    pageInfo: PageInfo!
  }

  type CustomerEdge {
    cursor: String!
    node: Customer!
  }

  type PageInfo {
    endCursor: String
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
  }

  type Metafield implements HasCompareDigest & LegacyInteroperability & Node {
    compareDigest: String!
    createdAt: DateTime!
    id: ID!
    key: String!
    legacyResourceId: UnsignedInt64!
    namespace: String!
    ownerType: MetafieldOwnerType!
    type: String!
    updatedAt: DateTime!
    value: String!
  }

  type MetafieldConnection {
    edges: [MetafieldEdge!]!
    nodes: [Metafield!]!
    pageInfo: PageInfo!
  }

  type MetafieldEdge {
    cursor: String!
    node: Metafield!
  }

  enum MetafieldOwnerType {
    CUSTOMER
  }

  type MetafieldDefinition implements Node {
    capabilities: MetafieldCapabilities!
    id: ID!
    key: String!
    name: String!
    namespace: String!
    ownerType: MetafieldOwnerType!
    type: MetafieldDefinitionType!
  }

  type MetafieldDefinitionType {
    name: String!
  }

  type MetafieldCapabilities {
    uniqueValues: MetafieldCapabilityUniqueValues!
  }

  type MetafieldCapabilityUniqueValues {
    eligible: Boolean!
    enabled: Boolean!
  }
`;

/** Builds the twin's schema. */
export function buildTwinSchema(): GraphQLSchema {
  return buildSchema([OBJECTS_TEXT, INPUTS_TEXT, PAYLOADS_TEXT].join('\n'));
}

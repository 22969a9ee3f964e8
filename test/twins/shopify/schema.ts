import { buildSchema, type GraphQLSchema } from 'graphql';

/** Admin API version whose subset this is. */
export const API_VERSION = '2026-10';

/**
 * The part of Shopify's Admin API that the twin serves. Each type, field, argument and value in it exists with
 * the same type in the vendor's schema of this version; a test compares them where that schema is at hand.
 */
export const SCHEMA_TEXT = /* GraphQL */ `
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
    shop: Shop!
  }

  type Mutation {
    customerCreate(input: CustomerInput!): CustomerCreatePayload
    customerUpdate(input: CustomerInput!): CustomerUpdatePayload
    customerSet(identifier: CustomerSetIdentifiers, input: CustomerSetInput!): CustomerSetPayload
    customerDelete(input: CustomerDeleteInput!): CustomerDeletePayload
    customerMerge(customerOneId: ID!, customerTwoId: ID!, overrideFields: CustomerMergeOverrideFields): CustomerMergePayload
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

  input CustomerIdentifierInput @oneOf {
    customId: UniqueMetafieldValueInput
    emailAddress: String
    id: ID
    phoneNumber: String
  }

  input CustomerSetIdentifiers @oneOf {
    customId: UniqueMetafieldValueInput
    email: String
    id: ID
    phone: String
  }

  input UniqueMetafieldValueInput {
    key: String!
    namespace: String
    value: String!
  }

  input CustomerInput {
    email: String
    firstName: String
    id: ID
    lastName: String
    locale: String
    metafields: [MetafieldInput!]
    note: String
    phone: String
    tags: [String!]
    taxExempt: Boolean
  }

  input CustomerSetInput {
    email: String
    firstName: String
    id: ID @deprecated(reason: "Use the identifier argument.")
    lastName: String
    locale: String
    note: String
    phone: String
    tags: [String!]
    taxExempt: Boolean
  }

  input CustomerDeleteInput {
    id: ID!
  }

  input CustomerMergeOverrideFields {
    customerIdOfEmailToKeep: ID
    customerIdOfFirstNameToKeep: ID
    customerIdOfLastNameToKeep: ID
    customerIdOfPhoneNumberToKeep: ID
    note: String
    tags: [String!]
  }

  input MetafieldInput {
    id: ID
    key: String
    namespace: String
    type: String
    value: String
  }

  input MetafieldsSetInput {
    compareDigest: String
    key: String!
    namespace: String
    ownerId: ID!
    type: String
    value: String!
  }

  input MetafieldDefinitionInput {
    capabilities: MetafieldCapabilityCreateInput
    description: String
    key: String!
    name: String!
    namespace: String
    ownerType: MetafieldOwnerType!
    pin: Boolean = false
    type: String!
  }

  input MetafieldDefinitionIdentifierInput {
    key: String!
    namespace: String
    ownerType: MetafieldOwnerType!
  }

  input MetafieldCapabilityCreateInput {
    uniqueValues: MetafieldCapabilityUniqueValuesInput
  }

  input MetafieldCapabilityUniqueValuesInput {
    enabled: Boolean!
  }

  type UserError implements DisplayableError {
    field: [String!]
    message: String!
  }

  type CustomerCreatePayload {
    customer: Customer
    userErrors: [UserError!]!
  }

  type CustomerUpdatePayload {
    customer: Customer
    userErrors: [UserError!]!
  }

  type CustomerSetPayload {
    customer: Customer
    userErrors: [CustomerSetUserError!]!
  }

  type CustomerSetUserError implements DisplayableError {
    code: CustomerSetUserErrorCode
    field: [String!]
    message: String!
  }

  enum CustomerSetUserErrorCode {
    BLANK
    ID_NOT_ALLOWED
    INCLUSION
    INPUT_MISMATCH
    INVALID
    METAFIELD_MISMATCH
    MISSING_FIELD_REQUIRED
    NOT_FOUND
    PRESENT
    TAKEN
    TOO_LONG
    TOO_SHORT
  }

  type CustomerDeletePayload {
    deletedCustomerId: ID
    shop: Shop!
    userErrors: [UserError!]!
  }

  type CustomerMergePayload {
    job: Job
    resultingCustomerId: ID
    userErrors: [CustomerMergeUserError!]!
  }

  type CustomerMergeUserError implements DisplayableError {
    code: CustomerMergeErrorCode
    field: [String!]
    message: String!
  }

  enum CustomerMergeErrorCode {
    INVALID_CUSTOMER
    INVALID_CUSTOMER_ID
  }

  type Job {
    done: Boolean!
    id: ID!
  }

  type MetafieldsSetPayload {
    metafields: [Metafield!]
    userErrors: [MetafieldsSetUserError!]!
  }

  type MetafieldsSetUserError implements DisplayableError {
    code: MetafieldsSetUserErrorCode
    elementIndex: Int
    field: [String!]
    message: String!
  }

  enum MetafieldsSetUserErrorCode {
    BLANK
    INVALID
    INVALID_COMPARE_DIGEST
    INVALID_TYPE
    INVALID_VALUE
    LESS_THAN_OR_EQUAL_TO
    STALE_OBJECT
    TAKEN
    TOO_SHORT
  }

  type MetafieldDefinitionCreatePayload {
    createdDefinition: MetafieldDefinition
    userErrors: [MetafieldDefinitionCreateUserError!]!
  }

  type MetafieldDefinitionCreateUserError implements DisplayableError {
    code: MetafieldDefinitionCreateUserErrorCode
    elementIndex: Int
    elementKey: String
    field: [String!]
    message: String!
  }

  enum MetafieldDefinitionCreateUserErrorCode {
    CAPABILITY_REQUIRED_BUT_DISABLED
    INCLUSION
    INVALID_CAPABILITY
    TAKEN
    TOO_SHORT
  }

  type TagsAddPayload {
    node: Node
    userErrors: [UserError!]!
  }

  type TagsRemovePayload {
    node: Node
    userErrors: [UserError!]!
  }
`;

/** Builds the twin's schema. */
export function buildTwinSchema(): GraphQLSchema {
  return buildSchema(SCHEMA_TEXT);
}

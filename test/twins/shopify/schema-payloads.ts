/** Payloads of mutations and their errors in the twin's part of the Admin API. */
export const PAYLOADS_TEXT = /* GraphQL */ `
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
    TOO_LONG
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
    BLANK
    CAPABILITY_REQUIRED_BUT_DISABLED
    INCLUSION
    INVALID
    INVALID_CAPABILITY
    TAKEN
    TOO_LONG
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

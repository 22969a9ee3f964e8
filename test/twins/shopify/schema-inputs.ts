/** Input types of the twin's part of the Admin API. */
export const INPUTS_TEXT = /* GraphQL */ `
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
`;

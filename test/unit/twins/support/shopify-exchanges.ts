import {
  CREATE_CUSTOMER,
  CREATE_OWN_ID_DEFINITION,
  findCustomers,
  OWN_ID_KEY,
  OWN_ID_NAMESPACE,
  READ_CUSTOMER,
  READ_CUSTOMERS,
  READ_OWN_ID_DEFINITION,
  UPDATE_CUSTOMER,
} from '#shared/connectors/shopify/operations.ts';

import type { Json } from './hubspot-account.ts';
import { openShopifyShop } from './shopify-shop.ts';

/** A query with the answer that the twin gave. */
export interface ShopifyExchange {
  readonly text: string;
  readonly variables: Json;
  readonly answer: Json;
}

const NOBODY = 'gid://shopify/Customer/1';
const IDENTIFIER = { ownerType: 'CUSTOMER', namespace: OWN_ID_NAMESPACE, key: OWN_ID_KEY };
const DEFINITION = { ...IDENTIFIER, name: 'Own id', type: 'id' };
const OWN_ID = { namespace: OWN_ID_NAMESPACE, key: OWN_ID_KEY, value: 'rec_1' };

const EVERYTHING = `id legacyResourceId email phone firstName lastName note tags taxExempt locale state displayName
  verifiedEmail createdAt updatedAt
  defaultEmailAddress { emailAddress validFormat } defaultPhoneNumber { phoneNumber }
  metafield(namespace: "${OWN_ID_NAMESPACE}", key: "${OWN_ID_KEY}") {
    id legacyResourceId namespace key type value ownerType compareDigest createdAt updatedAt
  }
  metafields(first: 5) { edges { cursor node { key } } nodes { value } pageInfo { hasNextPage endCursor } }`;

const LIST = `query List($query: String, $after: String) {
  customers(first: 2, after: $after, query: $query, sortKey: UPDATED_AT, reverse: true) {
    edges { cursor node { id } } nodes { ${EVERYTHING} }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
  shop { id name myshopifyDomain }
}`;
const SET = `mutation Set($identifier: CustomerSetIdentifiers, $input: CustomerSetInput!) {
  customerSet(identifier: $identifier, input: $input) { customer { ${EVERYTHING} } userErrors { field message code } }
}`;
const DELETE = `mutation Delete($input: CustomerDeleteInput!) {
  customerDelete(input: $input) { deletedCustomerId shop { name } userErrors { field message } }
}`;
const MERGE = `mutation Merge($one: ID!, $two: ID!) {
  customerMerge(customerOneId: $one, customerTwoId: $two) {
    job { id done } resultingCustomerId userErrors { field message code }
  }
}`;
const METAFIELDS = `mutation Metafields($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id key value compareDigest } userErrors { field message code elementIndex }
  }
}`;
const DEFINE = `mutation Define($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) {
    createdDefinition {
      id namespace key name ownerType type { name } capabilities { uniqueValues { eligible enabled } }
    }
    userErrors { field message code }
  }
}`;
const tagging = (how: 'tagsAdd' | 'tagsRemove'): string =>
  `mutation Tags($id: ID!, $tags: [String!]!) { ${how}(id: $id, tags: $tags) { node { id } userErrors { field message } } }`;

/**
 * Every operation of the connector and everything else that the twin serves, each with success and with the
 * refusals that it has.
 */
export async function shopifyExchanges(): Promise<readonly ShopifyExchange[]> {
  const shop = openShopifyShop();
  const exchanges: ShopifyExchange[] = [];
  const ask = async (text: string, variables: Json = {}): Promise<Json> => {
    const { json, data } = await shop.query(text, variables);
    exchanges.push({ text, variables, answer: json });
    return data;
  };
  const created = async (input: Json): Promise<string> => {
    const data = await ask(CREATE_CUSTOMER, { input });
    return (data['customerCreate'] as { customer: { id: string } }).customer.id;
  };
  const metafield = { ...OWN_ID, type: 'id' };

  await ask(findCustomers(1), { by0: { customId: OWN_ID } });
  await ask(SET, { identifier: { customId: OWN_ID }, input: { firstName: 'Ada' } });
  await ask(READ_OWN_ID_DEFINITION, { identifier: IDENTIFIER });
  await ask(CREATE_OWN_ID_DEFINITION, { definition: DEFINITION });
  await ask(READ_OWN_ID_DEFINITION, { identifier: IDENTIFIER });
  for (const refused of [
    DEFINITION,
    { ...DEFINITION, capabilities: { uniqueValues: { enabled: false } } },
    { ...DEFINITION, key: 'x' },
    { ...DEFINITION, key: '' },
    { ...DEFINITION, key: 'x'.repeat(65) },
    { ...DEFINITION, key: 'two words' },
    { ...DEFINITION, namespace: 'ab' },
    { ...DEFINITION, key: 'third', type: 'nosuch' },
  ])
    await ask(CREATE_OWN_ID_DEFINITION, { definition: refused });
  await ask(DEFINE, { definition: { ...DEFINITION, key: 'other' } });

  const ada = await created({
    email: 'ada@example.com',
    phone: '+12025550142',
    tags: ['vip'],
    metafields: [metafield],
  });
  const eve = await created({ firstName: 'Eve', note: 'collects', taxExempt: true });
  for (const refused of [
    {},
    { id: NOBODY, firstName: 'Eve' },
    { email: 'ada@example.com', phone: '+12025550142' },
    { email: 'nowhere', phone: '12', note: 'x'.repeat(5_001) },
    { firstName: 'Joe', metafields: [metafield] },
    { firstName: 'Joe', metafields: [{ namespace: 'mesh', key: 'tier', value: 'gold' }] },
    { firstName: 'Joe', metafields: [{ namespace: 'mesh', key: 'tier', type: 'nosuch', value: 'gold' }] },
  ])
    await ask(CREATE_CUSTOMER, { input: refused });

  await ask(UPDATE_CUSTOMER, { input: { id: eve, lastName: 'Moneypenny', note: null } });
  for (const refused of [
    { id: NOBODY, firstName: 'Eve' },
    { id: eve, email: 'ada@example.com' },
    { id: eve, taxExempt: null },
  ])
    await ask(UPDATE_CUSTOMER, { input: refused });

  await ask(READ_CUSTOMER, { id: ada });
  await ask(READ_CUSTOMER, { id: NOBODY });
  await ask(READ_CUSTOMERS, { ids: [ada, NOBODY] });
  await ask(findCustomers(4), {
    by0: { customId: OWN_ID },
    by1: { emailAddress: 'ada@example.com' },
    by2: { phoneNumber: '+12025550199' },
    by3: { id: eve },
  });
  await ask(LIST, { query: 'tag:vip OR first_name:eve' });
  await ask(LIST, { after: 'no cursor' });

  for (const [identifier, input] of [
    [{ customId: { ...OWN_ID, value: 'rec_2' } }, { firstName: 'Joe', tags: ['new'] }],
    [{ customId: { ...OWN_ID, value: 'rec_2' } }, { lastName: 'Doe' }],
    [{ id: NOBODY }, { firstName: 'Ghost' }],
    [{ email: 'ada@example.com' }, { firstName: 'Ada' }],
    [{ email: 'ada@example.com' }, { email: 'eve@example.com' }],
    [{ email: 'ada@example.com' }, { id: ada, email: 'ada@example.com' }],
    [null, { email: 'ada@example.com' }],
    [null, { email: 'nowhere', note: 'x'.repeat(5_001) }],
    [null, {}],
  ] as const)
    await ask(SET, { identifier, input });

  const tier = {
    ownerId: ada,
    namespace: 'mesh',
    key: 'tier',
    type: 'single_line_text_field',
    value: 'gold',
  };
  await ask(METAFIELDS, { metafields: [{ ...tier, compareDigest: null }] });
  for (const refused of [
    { ...tier, compareDigest: null },
    { ...tier, ownerId: NOBODY },
    { ...tier, key: 'another', type: null },
    { ...tier, type: 'nosuch', key: 'another' },
    { ...tier, value: '' },
    { ...tier, key: 'x'.repeat(65) },
    { ...tier, key: 'points', type: 'number_integer', value: 'many' },
    { ...OWN_ID, ownerId: eve },
  ])
    await ask(METAFIELDS, { metafields: [refused] });
  await ask(METAFIELDS, {
    metafields: Array.from({ length: 26 }, (_, index) => ({ ...tier, key: `tier_${index}` })),
  });

  for (const how of ['tagsAdd', 'tagsRemove'] as const) {
    await ask(tagging(how), { id: eve, tags: ['vip'] });
    await ask(tagging(how), { id: NOBODY, tags: ['vip'] });
  }
  await ask(tagging('tagsAdd'), { id: eve, tags: ['x'.repeat(256)] });

  await ask(MERGE, { one: NOBODY, two: ada });
  const noted = await created({ firstName: 'Joe', note: 'x'.repeat(5_000) });
  await ask(UPDATE_CUSTOMER, { input: { id: eve, note: 'y' } });
  await ask(MERGE, { one: noted, two: eve });
  await ask(MERGE, { one: eve, two: ada });
  await ask(DELETE, { input: { id: NOBODY } });
  await ask(DELETE, { input: { id: ada } });
  return exchanges;
}

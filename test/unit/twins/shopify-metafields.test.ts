import { describe, expect, test } from 'vitest';

import { CREATE, DEFINE, openShopifyShop, OWN_ID } from './support/shopify-shop.ts';

describe('Metafields', () => {
  const set = `mutation($metafields: [MetafieldsSetInput!]!) {
    metafieldsSet(metafields: $metafields) { metafields { value compareDigest } userErrors { field message code } }
  }`;

  test('are written against the digest that was read; a stale one refuses all of them', async () => {
    const { query, create } = openShopifyShop();
    const ownerId = await create({ firstName: 'Ada' });
    const entry = { ownerId, namespace: 'mesh', key: 'tier', type: 'single_line_text_field' };
    const first = await query(set, { metafields: [{ ...entry, value: 'gold', compareDigest: null }] });
    const [{ compareDigest = '' } = {}] = (
      first.data['metafieldsSet'] as { metafields: { compareDigest?: string }[] }
    ).metafields;

    const again = await query(set, { metafields: [{ ...entry, value: 'silver', compareDigest: null }] });
    const second = await query(set, { metafields: [{ ...entry, value: 'silver', compareDigest }] });
    const stale = await query(set, {
      metafields: [
        { ...entry, key: 'other', value: 'x' },
        { ...entry, value: 'bronze', compareDigest },
      ],
    });
    const read = await query(
      'query($id: ID!) { customer(id: $id) { tier: metafield(namespace: "mesh", key: "tier") { value } metafields(first: 5) { nodes { key } } } }',
      { id: ownerId },
    );

    expect(again.data['metafieldsSet']).toMatchObject({
      userErrors: [{ field: ['metafields', '0'], code: 'STALE_OBJECT' }],
    });
    expect(second.data['metafieldsSet']).toMatchObject({ metafields: [{ value: 'silver' }], userErrors: [] });
    expect(stale.data['metafieldsSet']).toMatchObject({
      metafields: [],
      userErrors: [{ field: ['metafields', '1'], code: 'STALE_OBJECT' }],
    });
    expect(read.data['customer']).toEqual({
      tier: { value: 'silver' },
      metafields: { nodes: [{ key: 'tier' }] },
    });
  });

  test('need an owner and a type, and come in lists of 25 at most', async () => {
    const { query, create } = openShopifyShop();
    const ownerId = await create({ firstName: 'Ada' });
    const entry = { ownerId, namespace: 'mesh', key: 'tier', type: 'single_line_text_field', value: 'gold' };

    const noOwner = await query(set, { metafields: [{ ...entry, ownerId: 'gid://shopify/Customer/1' }] });
    const noType = await query(set, { metafields: [{ ...entry, type: null }] });
    const tooMany = await query(set, {
      metafields: Array.from({ length: 26 }, (_, index) => ({ ...entry, key: `tier_${index}` })),
    });

    expect(noOwner.data['metafieldsSet']).toMatchObject({
      userErrors: [{ field: ['metafields', '0', 'ownerId'], code: 'INVALID_VALUE' }],
    });
    expect(noType.data['metafieldsSet']).toMatchObject({
      userErrors: [{ field: ['metafields', '0', 'type'], code: 'BLANK' }],
    });
    expect(tooMany.data['metafieldsSet']).toMatchObject({ userErrors: [{ code: 'LESS_THAN_OR_EQUAL_TO' }] });
  });

  test('of type id always have unique values, and a definition stands once', async () => {
    const { query } = openShopifyShop();

    const disabled = await query(DEFINE, {
      definition: { ...OWN_ID, capabilities: { uniqueValues: { enabled: false } } },
    });
    const missing = await query(
      'query { metafieldDefinition(identifier: {ownerType: CUSTOMER, namespace: "mesh", key: "record_id"}) { id } }',
    );
    const created = await query(DEFINE, { definition: OWN_ID });
    const twice = await query(DEFINE, { definition: OWN_ID });
    const there = await query(
      'query { metafieldDefinition(identifier: {ownerType: CUSTOMER, namespace: "mesh", key: "record_id"}) { type { name } } }',
    );

    expect(disabled.data['metafieldDefinitionCreate']).toMatchObject({
      userErrors: [{ field: ['definition'], code: 'CAPABILITY_REQUIRED_BUT_DISABLED' }],
    });
    expect(missing.data['metafieldDefinition']).toBeNull();
    expect(created.data['metafieldDefinitionCreate']).toMatchObject({
      createdDefinition: { capabilities: { uniqueValues: { enabled: true } } },
      userErrors: [],
    });
    expect(twice.data['metafieldDefinitionCreate']).toMatchObject({
      createdDefinition: null,
      userErrors: [{ code: 'TAKEN' }],
    });
    expect(there.data['metafieldDefinition']).toEqual({ type: { name: 'id' } });
  });

  test.each([
    [{ value: 'gold', type: 'json' }, 'key', "Key can't be blank"],
    [{ key: 'k', value: 'gold' }, 'key', 'Key is too short (minimum is 2 characters)'],
    [{ key: 'a key', value: 'gold' }, 'key', 'Key contains one or more invalid characters.'],
    [
      { namespace: 'ab', key: 'tier', value: 'gold' },
      'namespace',
      'Namespace is too short (minimum is 3 characters)',
    ],
    [{ key: 'tier', type: 'json' }, 'value', "Value can't be blank."],
  ])('are refused with a customer, and nothing is created: %j', async (metafield, field, message) => {
    const { query, asPerson } = openShopifyShop();

    const { data } = await query(CREATE, { input: { firstName: 'Ada', metafields: [metafield] } });

    expect(data['customerCreate']).toEqual({
      customer: null,
      userErrors: [{ field: ['metafields', '0', field], message }],
    });
    expect(await asPerson.list('customers')).toEqual([]);
  });

  test('without a namespace belong to the app', async () => {
    const { query, create } = openShopifyShop();
    const ownerId = await create({ firstName: 'Ada' });

    await query(set, {
      metafields: [{ ownerId, key: 'tier', type: 'single_line_text_field', value: 'gold' }],
    });
    const read = await query(
      'query($id: ID!) { customer(id: $id) { metafield(namespace: "$app", key: "tier") { namespace } } }',
      { id: ownerId },
    );

    expect(read.data['customer']).toMatchObject({
      metafield: { namespace: expect.stringMatching(/^app--\d+$/) },
    });
  });
});

import { describe, expect, test } from 'vitest';
import { createShopifyConnector } from '#shared/connectors/shopify/index.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { json, scriptedHttp, type Reply } from '../scripted-http.ts';
import { connect, optionsWith, sent } from './setup.ts';

describe('preparing a shop', () => {
  const definition = (type = 'id', enabled = true): Reply =>
    json(200, {
      data: {
        metafieldDefinition: {
          id: 'gid://shopify/MetafieldDefinition/1',
          type: { name: type },
          capabilities: { uniqueValues: { enabled } },
        },
      },
    });
  const none = json(200, { data: { metafieldDefinition: null } });
  const created = (userErrors: readonly unknown[] = []): Reply =>
    json(200, { data: { metafieldDefinitionCreate: { createdDefinition: null, userErrors } } });

  test('creates the definition of our own id, and nothing twice', async () => {
    const { connector, http } = connect(none, created(), definition());

    await connector.prepare();
    await connector.prepare();

    expect(sent(http)[1]?.variables).toMatchObject({
      definition: {
        ownerType: 'CUSTOMER',
        namespace: 'concord',
        key: 'record_id',
        type: 'id',
        capabilities: { uniqueValues: { enabled: true } },
      },
    });
    expect(http.requests).toHaveLength(3);
  });

  test('accepts that somebody else was faster, and nothing else', async () => {
    await expect(
      connect(
        none,
        created([{ field: [], message: 'taken', code: 'TAKEN' }]),
        definition(),
      ).connector.prepare(),
    ).resolves.toBeUndefined();
    await expect(
      connect(
        none,
        created([{ field: ['definition'], message: 'm', code: 'LIMIT_EXCEEDED' }]),
      ).connector.prepare(),
    ).rejects.toMatchObject({
      code: 'vendor_rejected',
    });
  });

  test.each([definition('single_line_text_field', true), definition('id', false)])(
    'refuses to go on where our id would not be unique (M2)',
    async (reply) => {
      await expect(connect(reply).connector.prepare()).rejects.toMatchObject({
        code: 'invalid_configuration',
      });
    },
  );
});

describe('connecting a shop', () => {
  test.each([
    '',
    'https://example.myshopify.com',
    'example',
    'example.myshopify.com/admin',
    'EXAMPLE.myshopify.com',
  ])('the shop "%s" is refused', (shop) => {
    const options = optionsWith(scriptedHttp());

    expect(() =>
      createShopifyConnector({ ...options, credentials: { ...options.credentials, shop } }),
    ).toThrow(/host name/);
  });

  test('a mapping that the operations do not carry is refused', () => {
    const options = optionsWith(scriptedHttp());
    const stray = {
      ...shopifyCustomer,
      fields: shopifyCustomer.fields.map((field) => ({ ...field, native: `x_${field.native}` })),
    };

    expect(() => createShopifyConnector({ ...options, mappings: [stray] })).toThrow(/do not carry: x_email/);
    expect(() =>
      createShopifyConnector({ ...options, mappings: [{ ...shopifyCustomer, object: 'Order' }] }),
    ).toThrow(/no operations for Order/);
    expect(() =>
      createShopifyConnector({ ...options, mappings: [shopifyCustomer, shopifyCustomer] }),
    ).toThrow(/two mappings/);
  });
});

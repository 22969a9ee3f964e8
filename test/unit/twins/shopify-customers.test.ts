import { describe, expect, test } from 'vitest';

import {
  BY_IDENTIFIER,
  CREATE,
  DEFINE,
  openShopifyShop,
  OWN_ID,
  READ,
  SET,
  UPDATE,
} from './support/shopify-shop.ts';

describe('A Shopify customer', () => {
  test('comes back normalised: lower-cased e-mail, E.164 phone, sorted tags, whole seconds, an id no double holds', async () => {
    const { query, clock } = openShopifyShop();
    clock.advance(789);

    const { data } = await query(CREATE, {
      input: {
        email: ' Ada@Example.COM ',
        phone: '(202) 555-0142',
        firstName: 'Ada',
        note: '',
        tags: ['VIP', 'b2b', 'vip, new'],
      },
    });

    const { customer, userErrors } = data['customerCreate'] as {
      customer: Record<string, unknown>;
      userErrors: unknown[];
    };
    expect(userErrors).toEqual([]);
    expect(customer).toMatchObject({
      email: 'ada@example.com',
      defaultEmailAddress: { emailAddress: 'ada@example.com' },
      defaultPhoneNumber: { phoneNumber: '+12025550142' },
      firstName: 'Ada',
      lastName: null,
      note: null,
      tags: ['b2b', 'new', 'VIP'],
      taxExempt: false,
      updatedAt: '2026-11-20T10:00:00Z',
    });
    const digits = customer['legacyResourceId'] as string;
    expect(customer['id']).toBe(`gid://shopify/Customer/${digits}`);
    expect(String(Number(digits))).not.toBe(digits);
  });

  test.each([
    [{}, null, 'A name, phone number, or email address must be present'],
    [{ email: 'ADA@example.com' }, ['email'], 'Email has already been taken'],
    [{ phone: '202-555-0142' }, ['phone'], 'Phone has already been taken'],
    [{ email: 'nowhere' }, ['email'], 'Email is invalid'],
    [{ phone: '12' }, ['phone'], 'Phone is invalid'],
    [{ id: 'gid://shopify/Customer/1', firstName: 'Eve' }, ['id'], 'Cannot specify ID on creation'],
  ])('is refused as data with %j', async (input, field, message) => {
    const { query, create } = openShopifyShop();
    await create({ email: 'ada@example.com', phone: '+12025550142' });

    const answer = await query(CREATE, { input });

    expect(answer.status).toBe(200);
    expect(answer.data['customerCreate']).toEqual({ customer: null, userErrors: [{ field, message }] });
  });

  test('keeps what an update leaves out, clears what it empties, and is untouched by an update that changes nothing', async () => {
    const { query, create, clock } = openShopifyShop();
    const id = await create({ email: 'ada@example.com', firstName: 'Ada', lastName: 'Byron' });

    clock.advance(5_000);
    await query(UPDATE, { input: { id, lastName: '' } });
    clock.advance(5_000);
    await query(UPDATE, { input: { id, lastName: null } });
    const { data } = await query(READ, { id });

    expect(data['customer']).toMatchObject({
      firstName: 'Ada',
      lastName: null,
      updatedAt: '2026-11-20T10:00:05Z',
    });
  });

  test('cannot lose its last name, phone or e-mail, and an unknown one cannot be updated', async () => {
    const { query, create } = openShopifyShop();
    const id = await create({ firstName: 'Ada' });

    const emptied = await query(UPDATE, { input: { id, firstName: '' } });
    const unknown = await query(UPDATE, { input: { id: 'gid://shopify/Customer/1', firstName: 'Eve' } });
    const nil = await query(UPDATE, { input: { id, taxExempt: null } });

    expect(emptied.data['customerUpdate']).toMatchObject({ customer: null, userErrors: [{ field: null }] });
    expect(unknown.data['customerUpdate']).toMatchObject({
      userErrors: [{ field: ['id'], message: 'Customer does not exist' }],
    });
    expect(nil.data['customerUpdate']).toMatchObject({ userErrors: [{ field: ['taxExempt'] }] });
  });

  test('is found by id, e-mail, phone and by a metafield with unique values, which no second customer can take', async () => {
    const { query } = openShopifyShop();
    const metafields = [{ namespace: 'mesh', key: 'record_id', type: 'id', value: 'rec_1' }];
    await query(DEFINE, { definition: OWN_ID });
    const created = await query(CREATE, {
      input: { email: 'ada@example.com', phone: '+12025550142', metafields },
    });
    const { id } = (created.data['customerCreate'] as { customer: { id: string } }).customer;
    const customId = { namespace: 'mesh', key: 'record_id', value: 'rec_1' };

    const identifiers = [
      { id },
      { emailAddress: 'ADA@example.com' },
      { phoneNumber: '+12025550142' },
      { customId },
    ];
    const found = await Promise.all(identifiers.map((identifier) => query(BY_IDENTIFIER, { identifier })));
    const nobody = await query(BY_IDENTIFIER, { identifier: { customId: { ...customId, value: 'rec_2' } } });
    const second = await query(CREATE, { input: { email: 'eve@example.com', metafields } });
    const afterwards = await query(BY_IDENTIFIER, { identifier: { emailAddress: 'eve@example.com' } });

    expect(found.map(({ data }) => data['customerByIdentifier'])).toEqual(identifiers.map(() => ({ id })));
    expect(nobody.data['customerByIdentifier']).toBeNull();
    expect(second.data['customerCreate']).toMatchObject({
      customer: null,
      userErrors: [{ field: ['metafields', '0', 'value'] }],
    });
    expect(afterwards.data['customerByIdentifier']).toBeNull();
  });

  test('cannot be looked up by a custom id that has no definition', async () => {
    const { query } = openShopifyShop();

    const answer = await query(BY_IDENTIFIER, {
      identifier: { customId: { namespace: 'mesh', key: 'record_id', value: 'rec_1' } },
    });

    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      data: { customerByIdentifier: null },
      errors: [{ extensions: { code: 'NOT_FOUND' }, path: ['customerByIdentifier'] }],
    });
  });

  test('that is deleted is gone and frees its e-mail', async () => {
    const { query, create } = openShopifyShop();
    const id = await create({ email: 'ada@example.com' });
    const remove =
      'mutation($input: CustomerDeleteInput!) { customerDelete(input: $input) { deletedCustomerId userErrors { field message } shop { name } } }';

    const first = await query(remove, { input: { id } });
    const second = await query(remove, { input: { id } });
    const again = await query(CREATE, { input: { email: 'ada@example.com' } });

    expect(first.data['customerDelete']).toMatchObject({ deletedCustomerId: id, userErrors: [] });
    expect(second.data['customerDelete']).toMatchObject({
      deletedCustomerId: null,
      userErrors: [{ field: ['id'] }],
    });
    expect(again.data['customerCreate']).toMatchObject({ userErrors: [] });
  });

  test('takes tags one by one, any number of times', async () => {
    const { query, create } = openShopifyShop();
    const id = await create({ firstName: 'Ada', tags: ['vip'] });

    await query(
      'mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } userErrors { message } } }',
      { id, tags: ['VIP', 'new'] },
    );
    await query(
      'mutation($id: ID!, $tags: [String!]!) { tagsRemove(id: $id, tags: $tags) { userErrors { message } } }',
      { id, tags: ['Vip', 'none'] },
    );
    const { data } = await query(READ, { id });

    expect(data['customer']).toMatchObject({ tags: ['new'] });
  });
});

describe('customerSet', () => {
  test('creates by custom id, then updates the same customer, replacing its tags', async () => {
    const { query } = openShopifyShop();
    await query(DEFINE, { definition: OWN_ID });
    const identifier = { customId: { namespace: 'mesh', key: 'record_id', value: 'rec_1' } };

    const first = await query(SET, {
      identifier,
      input: { firstName: 'Ada', lastName: 'Byron', tags: ['vip', 'new'] },
    });
    const second = await query(SET, { identifier, input: { firstName: 'Augusta', tags: ['new'] } });

    const ids = [first, second].map(
      ({ data }) => (data['customerSet'] as { customer: { id: string } }).customer.id,
    );
    expect(ids[1]).toBe(ids[0]);
    expect(second.data['customerSet']).toMatchObject({
      customer: { firstName: 'Augusta', lastName: 'Byron', tags: ['new'] },
    });
  });

  test.each([
    [{ id: 'gid://shopify/Customer/999' }, { firstName: 'Ghost' }, ['input'], 'NOT_FOUND'],
    [{ email: 'ada@example.com' }, { firstName: 'Ada' }, ['input'], 'MISSING_FIELD_REQUIRED'],
    [{ email: 'ada@example.com' }, { email: 'eve@example.com' }, ['input'], 'INPUT_MISMATCH'],
    [
      { email: 'ada@example.com' },
      { id: 'gid://shopify/Customer/1', email: 'ada@example.com' },
      ['input'],
      'ID_NOT_ALLOWED',
    ],
    [null, { email: 'ada@example.com' }, ['input', 'email'], 'TAKEN'],
    [null, {}, ['input'], 'INVALID'],
  ])('with identifier %j and input %j answers where and why not', async (identifier, input, field, code) => {
    const { query, create } = openShopifyShop();
    await create({ email: 'ada@example.com' });

    const { data } = await query(SET, { identifier, input });

    expect(data['customerSet']).toMatchObject({ customer: null, userErrors: [{ field, code }] });
  });
});

describe('customerMerge', () => {
  const merge = `mutation($one: ID!, $two: ID!, $wishes: CustomerMergeOverrideFields) {
    customerMerge(customerOneId: $one, customerTwoId: $two, overrideFields: $wishes) {
      resultingCustomerId job { done } userErrors { field message code }
    }
  }`;

  test('keeps the second customer, joins tags and notes, and the other id answers null', async () => {
    const { query, create } = openShopifyShop();
    const one = await create({ email: 'ada@example.com', firstName: 'Ada', note: 'first', tags: ['a'] });
    const two = await create({
      email: 'lovelace@example.com',
      lastName: 'Lovelace',
      note: 'second',
      tags: ['b'],
    });

    const merged = await query(merge, { one, two });
    const kept = await query(READ, { id: two });
    const gone = await query(READ, { id: one });

    expect(merged.data['customerMerge']).toMatchObject({ resultingCustomerId: two, userErrors: [] });
    expect(kept.data['customer']).toMatchObject({
      email: 'lovelace@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      note: 'second\nfirst',
      tags: ['a', 'b'],
    });
    expect(gone.data['customer']).toBeNull();
  });

  test('keeps the only one with an e-mail, or the one whose e-mail is wished for', async () => {
    const { query, create } = openShopifyShop();
    const withEmail = await create({ email: 'ada@example.com' });
    const without = await create({ firstName: 'Ada' });
    const other = await create({ email: 'lovelace@example.com' });

    const first = await query(merge, { one: withEmail, two: without });
    const second = await query(merge, {
      one: withEmail,
      two: other,
      wishes: { customerIdOfEmailToKeep: withEmail },
    });
    const unknown = await query(merge, { one: without, two: other });

    expect(first.data['customerMerge']).toMatchObject({ resultingCustomerId: withEmail });
    expect(second.data['customerMerge']).toMatchObject({ resultingCustomerId: withEmail });
    expect(unknown.data['customerMerge']).toMatchObject({
      resultingCustomerId: null,
      userErrors: [{ code: 'INVALID_CUSTOMER_ID' }, { code: 'INVALID_CUSTOMER_ID' }],
    });
  });
});

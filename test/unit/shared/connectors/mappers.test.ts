import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntityMapping, FieldMapping } from '#shared/connectors/connector.ts';
import { hubspotCustomer } from '#shared/connectors/hubspot/mappers/customer.ts';
import { shopifyCustomer } from '#shared/connectors/shopify/mappers/customer.ts';
import { CLEARED, valueOf, type FieldValue } from '#shared/model/field-value.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1 }).map((value): FieldValue => valueOf(value));
const flag = fc.constant<FieldValue>(valueOf(true));
const cleared = fc.constant(CLEARED);

const mappings: readonly (readonly [string, EntityMapping])[] = [
  ['HubSpot', hubspotCustomer],
  ['Shopify', shopifyCustomer],
];

function fieldsOf(mapping: EntityMapping): readonly (readonly [string, FieldMapping])[] {
  return mapping.fields.map((field) => [field.path, field]);
}

describe.each(mappings)('customers of %s', (_system, mapping) => {
  test('carry the canonical fields', () => {
    expect(mapping.fields.map(({ path }) => path)).toEqual([
      'email',
      'firstName',
      'lastName',
      'phone',
      'note',
      'taxExempt',
    ]);
  });

  test.each(fieldsOf(mapping))('%s comes back as it was written', (path, field) => {
    const accepted = fc.oneof(path === 'taxExempt' ? flag : text, cleared);
    fc.assert(
      fc.property(accepted, (value) => {
        expect(field.from(field.to(value))).toEqual(value);
      }),
    );
  });

  test.each(fieldsOf(mapping))('%s is cleared when it is missing, null or empty text', (_path, field) => {
    for (const empty of [undefined, null, '']) expect(field.from(empty)).toEqual(CLEARED);
  });
});

describe('what the vendors make of a value', () => {
  const byPath = (mapping: EntityMapping, path: string): FieldMapping | undefined =>
    mapping.fields.find((field) => field.path === path);

  test('HubSpot is cleared by empty text, Shopify by null', () => {
    expect(byPath(hubspotCustomer, 'note')?.to(CLEARED)).toBe('');
    expect(byPath(hubspotCustomer, 'taxExempt')?.to(CLEARED)).toBe('');
    expect(byPath(shopifyCustomer, 'note')?.to(CLEARED)).toBe(null);
  });

  test('a tax exemption that is cleared elsewhere is no exemption in Shopify', () => {
    expect(byPath(shopifyCustomer, 'taxExempt')?.to(CLEARED)).toBe(false);
  });

  test('a flag that is not set reads the same everywhere, and a word that is no flag stays visible', () => {
    expect(byPath(hubspotCustomer, 'taxExempt')?.to(valueOf(true))).toBe('true');
    expect(byPath(hubspotCustomer, 'taxExempt')?.from('false')).toEqual(CLEARED);
    expect(byPath(shopifyCustomer, 'taxExempt')?.from(false)).toEqual(CLEARED);
    expect(byPath(hubspotCustomer, 'taxExempt')?.from('perhaps')).toEqual(valueOf('perhaps'));
  });
});

describe('natural keys', () => {
  test('a HubSpot contact is known by every address it has', () => {
    const keys = hubspotCustomer.keys({
      email: 'Ada@Example.com',
      hs_additional_emails: 'ada@example.org; ADA@example.com;;',
    });

    expect(keys).toEqual([
      { key: 'email', value: 'ada@example.com' },
      { key: 'email', value: 'ada@example.org' },
    ]);
  });

  test('a Shopify customer is known by its address', () => {
    expect(shopifyCustomer.keys({ email: ' Ada@Example.com' })).toEqual([
      { key: 'email', value: 'ada@example.com' },
    ]);
  });

  test.each(mappings)('a customer of %s without an address has none', (_system, mapping) => {
    expect(mapping.keys({})).toEqual([]);
    expect(mapping.keys({ email: null, hs_additional_emails: '' })).toEqual([]);
    expect(mapping.keys({ email: ' ' })).toEqual([]);
  });
});

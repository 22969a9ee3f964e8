import { describe, expect, test } from 'vitest';
import type { FieldPolicy } from '#shared/authority/policy.ts';
import { authoritiesOf, policyHash, presenceRuleName } from '#shared/authority/rules.ts';
import {
  aField,
  agree,
  aPolicy,
  EMAIL,
  HUBSPOT,
  ignored,
  latest,
  NETSUITE,
  owner,
  PHONE,
  ruleOf,
  SHOPIFY,
} from '#test/support/builders/policies.ts';

const field = aField(PHONE, latest(HUBSPOT, SHOPIFY));
const policy = aPolicy([field]);

describe('a rule', () => {
  test.each([
    [owner(HUBSPOT), 'customer.phone: owner(hubspot)'],
    [latest(HUBSPOT, SHOPIFY), 'customer.phone: latest(hubspot, shopify)'],
    [agree(HUBSPOT, SHOPIFY), 'customer.phone: agree(hubspot, shopify)'],
    [ignored('free text'), 'customer.phone: ignored (free text)'],
  ])('%j is named as a person would read it', (rule, name) => {
    const only = aField(PHONE, rule);

    expect(ruleOf(aPolicy([only]), only).id).toBe(name);
  });

  test.each<[string, FieldPolicy]>([
    ['who decides', aField(PHONE, owner(HUBSPOT))],
    ['the order of those who decide', aField(PHONE, latest(SHOPIFY, HUBSPOT))],
    ['whether it flows at once', aField(PHONE, latest(HUBSPOT, SHOPIFY), { apply: 'ask' })],
    [
      'the form in which values are compared',
      aField(PHONE, latest(HUBSPOT, SHOPIFY), { normaliser: 'phone' }),
    ],
    ['the field', aField(EMAIL, latest(HUBSPOT, SHOPIFY))],
  ])('gets another hash when %s changes, so that what it allowed is void', (_what, changed) => {
    expect(ruleOf(aPolicy([changed]), changed).hash).not.toBe(ruleOf(policy, field).hash);
  });

  test('keeps its hash when another field\u2019s rule changes', () => {
    const wider = aPolicy([field, aField(EMAIL, owner(HUBSPOT))]);

    expect(ruleOf(wider, field).hash).toBe(ruleOf(policy, field).hash);
    expect(policyHash(wider)).not.toBe(policyHash(policy));
  });

  test.each([
    [owner(HUBSPOT), [HUBSPOT]],
    [latest(HUBSPOT, SHOPIFY), [HUBSPOT, SHOPIFY]],
    [agree(HUBSPOT, SHOPIFY), [HUBSPOT, SHOPIFY]],
    [ignored('free text'), []],
  ])('%j names whose word counts', (rule, systems) => {
    expect(authoritiesOf(rule)).toEqual(systems);
  });
});

describe('the rule that a system must hold the record', () => {
  test('is named per system, and a system that policy does not name is optional', () => {
    expect(presenceRuleName(policy, SHOPIFY).id).toBe('customer: required in shopify');
    expect(presenceRuleName(policy, NETSUITE).id).toBe('customer: optional in netsuite');
  });

  test('gets another hash when the system need no longer hold it', () => {
    const looser = aPolicy([field], { presence: { [SHOPIFY]: 'optional' } });

    expect(presenceRuleName(looser, SHOPIFY).hash).not.toBe(presenceRuleName(policy, SHOPIFY).hash);
  });
});

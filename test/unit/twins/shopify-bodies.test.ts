import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { openShopifyShop } from './support/shopify-shop.ts';

/** Shopify's descriptions of webhook bodies are third-party material beside the checkout. */
const FILE = new URL(
  '../../../../shared/specs/shopify/webhooks/payload-json-schemas-2026-07.json.gz',
  import.meta.url,
);
const isHere = existsSync(FILE);

interface BodySchema {
  readonly properties: Readonly<Record<string, { readonly type: string | readonly string[] }>>;
  readonly required: readonly string[];
}

test.skipIf(!isHere)(
  `The bodies of Shopify's webhooks hold the documented fields${isHere ? '' : ' (skipped: their description is not beside this checkout)'}`,
  async () => {
    const described = JSON.parse(gunzipSync(readFileSync(FILE)).toString('utf8')) as Readonly<
      Record<string, BodySchema>
    >;
    const { asPerson, deliver } = openShopifyShop();
    const fields = { email: 'ada@example.com', firstName: 'Ada', lastName: 'Byron', note: 'collects' };
    const one = await asPerson.create('customers', fields);
    const two = await asPerson.create('customers', { ...fields, email: 'eve@example.com' });
    await asPerson.edit('customers', one.id, { firstName: 'Augusta' });
    await asPerson.act('customers', one.id, 'merge', { with: two.id });
    await asPerson.remove('customers', one.id);

    const deliveries = await deliver();

    const seen = deliveries.map(({ headers, body = '' }) => {
      const topic = headers['x-shopify-topic'] ?? '';
      return [topic, bodyProblems(described[topic], JSON.parse(body) as Record<string, unknown>)];
    });
    expect(new Set(seen.map(([topic]) => topic))).toEqual(
      new Set(['customers/create', 'customers/update', 'customers/merge', 'customers/delete']),
    );
    expect(seen.filter(([, problems]) => problems?.length !== 0)).toEqual([]);
  },
);

/** A customer without any address has no default one. */
const LEFT_OUT: ReadonlySet<string> = new Set(['default_address']);

function bodyProblems(schema: BodySchema | undefined, body: Record<string, unknown>): readonly string[] {
  if (schema === undefined) return ['the topic is not described'];
  const foreign = Object.keys(body).filter((name) => schema.properties[name] === undefined);
  const lacking = schema.required.filter((name) => !Object.hasOwn(body, name) && !LEFT_OUT.has(name));
  const misshapen = Object.entries(body).filter(
    ([name, value]) => ![schema.properties[name]?.type ?? []].flat().includes(typeOf(value)),
  );
  return [...foreign, ...lacking, ...misshapen.map(([name]) => name)];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

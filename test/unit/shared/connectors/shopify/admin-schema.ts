import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { SHOPIFY_API_VERSION } from '#shared/connectors/shopify/operations.ts';

/** The vendor's schema is third-party material beside the checkout; suites that need it skip without it. */
const FILE = new URL(
  `../../../../../../shared/specs/shopify/admin-graphql/admin-${SHOPIFY_API_VERSION}.graphql.gz`,
  import.meta.url,
);

export const hasAdminSchema = existsSync(FILE);

let schema: GraphQLSchema | undefined;

/** Shopify breaks rules of the GraphQL specification about deprecation, so its schema is taken as valid. */
export function readAdminSchema(): GraphQLSchema {
  schema ??= buildSchema(gunzipSync(readFileSync(FILE)).toString('utf8'), { assumeValid: true });
  return schema;
}

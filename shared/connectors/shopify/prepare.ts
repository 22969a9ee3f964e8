import { z } from 'zod';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import { SHOPIFY } from './capabilities.ts';
import type { ShopifyClient } from './client.ts';
import { codeOf, faultOfUserErrors, misshapen, UserErrorsSchema } from './errors.ts';
import {
  CREATE_OWN_ID_DEFINITION,
  OWN_ID_KEY,
  OWN_ID_NAMESPACE,
  READ_OWN_ID_DEFINITION,
} from './operations.ts';

const SUBJECT = `metafield definition ${OWN_ID_NAMESPACE}.${OWN_ID_KEY}`;
const READ: VendorCall = { system: SHOPIFY, action: 'prepare', subject: SUBJECT, writes: false };
const CREATE: VendorCall = { ...READ, writes: true };

const IDENTIFIER = { ownerType: 'CUSTOMER', namespace: OWN_ID_NAMESPACE, key: OWN_ID_KEY };

const DefinitionSchema = z.object({
  type: z.object({ name: z.string() }),
  capabilities: z.object({ uniqueValues: z.object({ enabled: z.boolean() }) }),
});

/**
 * Creates the metafield definition that makes our own id unique. Safe to repeat.
 * @throws ConcordError `invalid_configuration` when a definition of another kind stands there: creates could
 *   then happen twice (M2).
 */
export async function prepareShopify(client: ShopifyClient): Promise<void> {
  if ((await findDefinition(client)) === 'there') return;
  const definition = {
    ...IDENTIFIER,
    name: 'Concord record id',
    description: 'Names the Concord record this customer was created for. Do not edit.',
    type: 'id',
    capabilities: { uniqueValues: { enabled: true } },
  };
  const data = await client.run(CREATE, CREATE_OWN_ID_DEFINITION, { definition });
  const payload = z.object({ userErrors: UserErrorsSchema }).safeParse(data['metafieldDefinitionCreate']);
  if (!payload.success) throw misshapen(CREATE);
  const { userErrors } = payload.data;
  // Somebody else made it meanwhile; it has to be the right one all the same.
  if (userErrors.some((error) => codeOf(error) === 'TAKEN') && (await findDefinition(client)) === 'there')
    return;
  if (userErrors.length > 0) throw faultOfUserErrors(CREATE, userErrors);
}

async function findDefinition(client: ShopifyClient): Promise<'there' | 'missing'> {
  const { metafieldDefinition } = await client.run(READ, READ_OWN_ID_DEFINITION, { identifier: IDENTIFIER });
  if (metafieldDefinition === null) return 'missing';
  const parsed = DefinitionSchema.safeParse(metafieldDefinition);
  if (!parsed.success) throw misshapen(READ);
  const { type, capabilities } = parsed.data;
  if (type.name !== 'id' || !capabilities.uniqueValues.enabled) {
    throw invalidConfiguration(
      `Shopify's ${SUBJECT} exists without unique values; delete it so that it can be created anew.`,
    );
  }
  return 'there';
}

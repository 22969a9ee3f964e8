import { z } from 'zod';
import { invalidArgument } from '#shared/errors/faults.ts';
import { vendorProtocol, type VendorCall } from '#shared/errors/vendor-faults.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { Representation } from '#shared/model/representation.ts';
import type {
  CreateRequest,
  CreateResult,
  ReadBackResult,
  RemoveRequest,
  RemoveResult,
  SystemWriter,
  UpdateRequest,
} from '../connector.ts';
import { mappingOf, representationOf, toNative } from '../native-fields.ts';
import { SHOPIFY } from './capabilities.ts';
import { parseCustomer } from './customer.ts';
import { customerIdOf } from './native-id.ts';
import {
  faultOfUserErrors,
  isMissing,
  isTaken,
  misshapen,
  UserErrorsSchema,
  type UserErrors,
} from './errors.ts';
import {
  CREATE_CUSTOMER,
  DELETE_CUSTOMER,
  OWN_ID_KEY,
  OWN_ID_NAMESPACE,
  UPDATE_CUSTOMER,
} from './operations.ts';
import { readCustomer, type ShopifyReaderDependencies } from './reader.ts';

/**
 * Neither mutation takes an idempotency key: a create is made unique by our own id in a metafield with
 * unique values, an update is repeatable (M2).
 */
export function createShopifyWriter(dependencies: ShopifyReaderDependencies): SystemWriter {
  const { client, clock, mappings } = dependencies;
  return {
    async update({ type, nativeId, fields }: UpdateRequest): Promise<Representation> {
      const mapping = mappingOf(mappings, type);
      const native = toNative(mapping, fields);
      if (Object.keys(native).length === 0)
        throw invalidArgument(`An update of ${type} ${nativeId} names no value.`);
      const call: VendorCall = {
        system: SHOPIFY,
        action: 'update',
        subject: `${type} ${nativeId}`,
        writes: true,
      };
      const sentAtMs = clock.now();
      const data = await client.run(call, UPDATE_CUSTOMER, { input: { ...native, id: nativeId } });
      const { customer, userErrors } = parsePayload(call, data['customerUpdate']);
      if (userErrors.length > 0) throw faultOfUserErrors(call, userErrors);
      const stored = parseCustomer(call, customer);
      // Merged away since it was read (M16); the next read says by whom.
      if (stored.nativeId !== nativeId) throw vendorProtocol(call, 'another customer answered');
      return representationOf(mapping, stored, sentAtMs, 'write_response');
    },

    async create({ type, ownId, fields }: CreateRequest): Promise<CreateResult> {
      const mapping = mappingOf(mappings, type);
      const ownIdField: JsonValue = {
        namespace: OWN_ID_NAMESPACE,
        key: OWN_ID_KEY,
        type: 'id',
        value: ownId,
      };
      const input: JsonValue = { ...toNative(mapping, fields), metafields: [ownIdField] };
      const call: VendorCall = {
        system: SHOPIFY,
        action: 'create',
        subject: `${type} of ${ownId}`,
        writes: true,
      };
      const sentAtMs = clock.now();
      const data = await client.run(call, CREATE_CUSTOMER, { input });
      const { customer, userErrors } = parsePayload(call, data['customerCreate']);
      if (isTaken(userErrors)) return { status: 'exists' };
      if (userErrors.length > 0) throw faultOfUserErrors(call, userErrors);
      const stored = representationOf(mapping, parseCustomer(call, customer), sentAtMs, 'write_response');
      return { status: 'created', stored };
    },

    /** Shopify keeps a customer who has placed an order: that is a refusal for good. */
    async remove({ type, nativeId }: RemoveRequest): Promise<RemoveResult> {
      mappingOf(mappings, type);
      const call: VendorCall = {
        system: SHOPIFY,
        action: 'remove',
        subject: `${type} ${nativeId}`,
        writes: true,
      };
      const data = await client.run(call, DELETE_CUSTOMER, { input: { id: nativeId } });
      const parsed = DeletePayloadSchema.safeParse(data['customerDelete']);
      if (!parsed.success) throw misshapen(call);
      const { deletedCustomerId, userErrors } = parsed.data;
      if (isMissing(userErrors)) return { status: 'gone' };
      if (userErrors.length > 0) throw faultOfUserErrors(call, userErrors);
      if (customerIdOf(deletedCustomerId) !== nativeId) throw misshapen(call);
      return { status: 'removed' };
    },

    async readBack(type, nativeId): Promise<ReadBackResult> {
      const found = await readCustomer(dependencies, mappingOf(mappings, type), nativeId, 'read_back');
      return found.status === 'found' ? { ...found, replaced: null } : found;
    },
  };
}

const DeletePayloadSchema = z.object({
  deletedCustomerId: z.string().nullable(),
  userErrors: UserErrorsSchema,
});

const PayloadSchema = z.object({ customer: z.unknown(), userErrors: UserErrorsSchema });

/** User errors stand beside the data of every mutation and have to be looked at every time. */
function parsePayload(
  call: VendorCall,
  payload: unknown,
): { readonly customer: unknown; readonly userErrors: UserErrors } {
  const parsed = PayloadSchema.safeParse(payload);
  if (!parsed.success) throw misshapen(call);
  return { customer: parsed.data.customer, userErrors: parsed.data.userErrors };
}

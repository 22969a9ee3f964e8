import { EntityType, NativeId } from '#shared/model/ids.ts';

export const CUSTOMER = EntityType('customer');

const CUSTOMER_GID = /^gid:\/\/shopify\/Customer\/\d+$/;

/** A customer's native id from Shopify's global id, undefined for anything else. */
export function customerIdOf(gid: string | undefined | null): NativeId | undefined {
  return typeof gid === 'string' && CUSTOMER_GID.test(gid) ? NativeId(gid) : undefined;
}

/** The same id from the number that REST-shaped bodies carry, digit for digit. */
export function customerIdOfNumber(digits: string): NativeId {
  return NativeId(`gid://shopify/Customer/${digits}`);
}

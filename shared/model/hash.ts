import { createHash } from 'node:crypto';
import { canonicalJson } from './json.ts';

/**
 * Hashes any JSON value to 32 lower-case hex digits (128 bits of SHA-256).
 * Equal values give equal hashes whatever the order of their keys.
 */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}

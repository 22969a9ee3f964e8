import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `signature` is the base64 HMAC-SHA256 of the parts under any of the secrets. During a rotation
 * several are valid. Takes the same time whichever secret fits, or none.
 *
 * Texts are compared, not the bytes they stand for: decoders overlook stray characters and the last bits of
 * base64, so that a changed signature would pass.
 */
export function isSignedBy(
  secrets: readonly string[],
  parts: readonly (string | Uint8Array)[],
  signature: string,
): boolean {
  const given = Buffer.from(signature);
  let matches = false;
  for (const secret of secrets) {
    // Anybody can sign with the empty secret.
    if (secret === '') continue;
    const hmac = createHmac('sha256', secret);
    for (const part of parts) hmac.update(part);
    const expected = Buffer.from(hmac.digest('base64'));
    if (expected.length === given.length && timingSafeEqual(expected, given)) matches = true;
  }
  return matches;
}

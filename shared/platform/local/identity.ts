import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { invalidConfiguration, unauthenticated } from '#shared/errors/faults.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Caller, Identity } from '#shared/ports/identity.ts';

/** Issuer of every token of the embedded platform. */
const LOCAL_ISSUER = 'https://concord.local';

const LIFETIME_SECONDS = 3_600;
/** A token is replaced while it still has this long to live, so that none expires on its way. */
const RENEWAL_SECONDS = 300;
const MAX_REMEMBERED = 1_000;

const ClaimsSchema = z.object({
  aud: z.string(),
  email: z.string().min(1),
  email_verified: z.literal(true),
  exp: z.number().int(),
});

interface Verified {
  readonly audience: string;
  readonly caller: Caller;
  readonly expiresAt: number;
}

/** Signs and checks identity tokens with a key of our own, as Google's issuer does with its. */
export interface LocalIssuer {
  /** A token for one account and audience. The same one is handed out until shortly before it expires. */
  tokenAs(email: string, audience: string): string;
  /** @throws ConcordError `unauthenticated`. */
  verify(token: string, audience: string): Caller;
}

/**
 * Creates the issuer. Cryptography is synchronous: a signature costs about a millisecond and is remembered,
 * while the thread pool would answer in an order that virtual time cannot repeat.
 */
export function createLocalIssuer(options: { readonly key: KeyObject; readonly clock: Clock }): LocalIssuer {
  const { key, clock } = options;
  const publicKey = createPublicKey(key);
  const issued = new Map<string, { readonly token: string; readonly expiresAt: number }>();
  const verified = new Map<string, Verified>();
  const nowSeconds = (): number => Math.floor(clock.now() / 1_000);

  return {
    tokenAs(email, audience) {
      const cacheKey = `${email} ${audience}`;
      const known = issued.get(cacheKey);
      const iat = nowSeconds();
      if (known !== undefined && known.expiresAt - RENEWAL_SECONDS > iat) return known.token;
      const exp = iat + LIFETIME_SECONDS;
      const claims = { iss: LOCAL_ISSUER, sub: email, aud: audience, email, email_verified: true, iat, exp };
      const token = jwt.sign(claims, key, { algorithm: 'RS256' });
      remember(issued, cacheKey, { token, expiresAt: exp });
      return token;
    },
    verify(token, audience) {
      const known = verified.get(token);
      if (known !== undefined && known.audience === audience && known.expiresAt > nowSeconds())
        return known.caller;
      const claims = readClaims(token, audience, publicKey, nowSeconds());
      const caller = { email: claims.email };
      remember(verified, token, { audience, caller, expiresAt: claims.exp });
      return caller;
    },
  };
}

/** Opens the issuer of a platform: its key lies beside its data, one for all databases of a folder. */
export function openLocalIssuer({
  dataFile,
  clock,
}: {
  readonly dataFile: string;
  readonly clock: Clock;
}): LocalIssuer {
  const isTemporary = dataFile === ':memory:';
  const key = isTemporary
    ? temporaryIdentityKey()
    : openIdentityKey(join(dirname(dataFile), 'identity-key.pem'));
  return createLocalIssuer({ key, clock });
}

/** The identity of one service account of the embedded platform. */
export function createLocalIdentity(options: {
  readonly email: string;
  readonly issuer: LocalIssuer;
}): Identity {
  const { email, issuer } = options;
  return {
    token: async (audience) => issuer.tokenAs(email, audience),
    verify: async (token, audience) => issuer.verify(token, audience),
  };
}

/**
 * Reads the signing key, or makes one at the first start. The file is readable by its owner only. Processes
 * that start together end up with the same key.
 *
 * @throws ConcordError `invalid_configuration` when the file holds no RSA key.
 */
export function openIdentityKey(file: string): KeyObject {
  if (!isReadable(file)) publishKey(file);
  try {
    const key = createPrivateKey(readFileSync(file, 'utf8'));
    if (key.asymmetricKeyType !== 'rsa') throw new TypeError('not an RSA key');
    return key;
  } catch {
    throw invalidConfiguration(
      `The identity key ${file} is no RSA private key; remove it to have a new one made.`,
    );
  }
}

let processKey: KeyObject | undefined;

/** A signing key that lives as long as the process, for platforms that keep nothing. */
export function temporaryIdentityKey(): KeyObject {
  processKey ??= generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  return processKey;
}

function readClaims(
  token: string,
  audience: string,
  key: KeyObject,
  clockTimestamp: number,
): z.infer<typeof ClaimsSchema> {
  let decoded: unknown;
  try {
    decoded = jwt.verify(token, key, {
      algorithms: ['RS256'],
      audience,
      issuer: LOCAL_ISSUER,
      clockTimestamp,
    });
  } catch (error) {
    throw unauthenticated(
      error instanceof jwt.JsonWebTokenError ? reasonOf(error) : 'the token cannot be read',
    );
  }
  const claims = ClaimsSchema.safeParse(decoded);
  if (!claims.success) throw unauthenticated('the token names no verified account');
  return claims.data;
}

/** The library's own message may quote parts of the token. */
function reasonOf(error: jwt.JsonWebTokenError): string {
  if (error instanceof jwt.TokenExpiredError) return 'the token has expired';
  if (error.message.startsWith('jwt audience')) return 'the token is for another audience';
  if (error.message.startsWith('jwt issuer')) return 'the token is from another issuer';
  return 'the signature does not hold';
}

function remember<T>(cache: Map<string, T>, key: string, value: T): void {
  if (cache.size >= MAX_REMEMBERED) cache.clear();
  cache.set(key, value);
}

function isReadable(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

/** A link appears whole or not at all, and never over another process's key. */
function publishKey(file: string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!isReadable(file))
      throw invalidConfiguration(`The identity key ${file} cannot be written: ${codeOf(error)}.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}

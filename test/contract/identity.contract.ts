import { expect } from 'vitest';
import type { Identity } from '#shared/ports/identity.ts';
import type { ContractCase } from './contract-case.ts';

/** Two accounts of one mesh, a stranger's mesh, and time in the test's hand. */
export interface IdentityUnderTest {
  readonly poller: Identity;
  readonly orchestrator: Identity;
  /** An identity that another issuer vouches for, with the same names. */
  readonly stranger: Identity;
  readonly pollerEmail: string;
  advance(byMs: number): void;
}

export type OpenIdentity = () => Promise<IdentityUnderTest>;

const AUDIENCE = 'https://orchestrator.example.com';
const refused = { code: 'unauthenticated' };

function identityCase(
  title: string,
  check: (under: IdentityUnderTest) => Promise<void>,
): ContractCase<OpenIdentity> {
  return { title, run: async (open) => check(await open()) };
}

function withClaims(token: string, header: object, change: object): string {
  const [, claims = '', signature = ''] = token.split('.');
  const known = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as object;
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode(header)}.${encode({ ...known, ...change })}.${signature}`;
}

/** What every identity promises. */
export const identityContract: readonly ContractCase<OpenIdentity>[] = [
  identityCase(
    'a token names the account that asked for it',
    async ({ poller, orchestrator, pollerEmail }) => {
      const token = await poller.token(AUDIENCE);

      await expect(orchestrator.verify(token, AUDIENCE)).resolves.toEqual({ email: pollerEmail });
    },
  ),

  identityCase(
    'a token carries issuer, audience, verified e-mail and one hour of life',
    async ({ poller, pollerEmail }) => {
      const token = await poller.token(AUDIENCE);

      const [header, claims] = token
        .split('.')
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
      expect(header).toMatchObject({ alg: 'RS256' });
      expect(claims).toMatchObject({
        aud: AUDIENCE,
        email: pollerEmail,
        email_verified: true,
        iss: expect.stringMatching(/^https:/),
      });
      expect(claims.exp - claims.iat).toBe(3_600);
    },
  ),

  identityCase(
    'a token for another function is refused, also after it was accepted there',
    async ({ poller, orchestrator }) => {
      const token = await poller.token('https://watchdog.example.com');
      await orchestrator.verify(token, 'https://watchdog.example.com');

      await expect(orchestrator.verify(token, AUDIENCE)).rejects.toMatchObject(refused);
    },
  ),

  identityCase('a token without a signature is refused', async ({ poller, orchestrator }) => {
    const token = withClaims(await poller.token(AUDIENCE), { alg: 'none', typ: 'JWT' }, {});
    const unsigned = `${token.split('.').slice(0, 2).join('.')}.`;

    await expect(orchestrator.verify(unsigned, AUDIENCE)).rejects.toMatchObject(refused);
  }),

  identityCase('a token whose claims were changed is refused', async ({ poller, orchestrator }) => {
    const token = await poller.token(AUDIENCE);
    const forged = withClaims(token, { alg: 'RS256', typ: 'JWT' }, { email: 'fn-console@example.com' });

    await expect(orchestrator.verify(forged, AUDIENCE)).rejects.toMatchObject(refused);
  }),

  identityCase('a token of another issuer is refused', async ({ stranger, orchestrator }) => {
    const token = await stranger.token(AUDIENCE);

    await expect(orchestrator.verify(token, AUDIENCE)).rejects.toMatchObject(refused);
  }),

  identityCase(
    'a token is refused once its hour is over, also one seen before',
    async ({ poller, orchestrator, advance }) => {
      const token = await poller.token(AUDIENCE);
      await orchestrator.verify(token, AUDIENCE);

      advance(3_599_000);
      await expect(orchestrator.verify(token, AUDIENCE)).resolves.toMatchObject({});
      advance(1_001);
      await expect(orchestrator.verify(token, AUDIENCE)).rejects.toMatchObject(refused);
    },
  ),

  identityCase(
    'a fresh token is handed out before the old one ends',
    async ({ poller, orchestrator, advance }) => {
      await poller.token(AUDIENCE);

      advance(3_590_000);
      const token = await poller.token(AUDIENCE);
      advance(60_000);

      await expect(orchestrator.verify(token, AUDIENCE)).resolves.toMatchObject({});
    },
  ),

  identityCase('what is no token is refused without repeating it', async ({ orchestrator }) => {
    const attempts = ['', 'x', 'a.b.c', 'secret-of-a-customer'].map((text) =>
      orchestrator.verify(text, AUDIENCE),
    );

    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject(refused);
    await expect(attempts[3]).rejects.not.toThrow('secret-of-a-customer');
  }),
];

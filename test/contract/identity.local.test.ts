import { describe, expect, test } from 'vitest';
import { identityAcceptsExpired } from './broken/identity-accepts-expired.ts';
import { identityAcceptsUnsigned } from './broken/identity-accepts-unsigned.ts';
import { identityAcceptsWrongAudience } from './broken/identity-accepts-wrong-audience.ts';
import { casesBrokenBy } from './contract-case.ts';
import { identityContract } from './identity.contract.ts';
import { localIdentity } from './local-identity.ts';

describe('the embedded identity', () => {
  test.each(identityContract)('$title', async ({ run }) => {
    await expect(run(localIdentity())).resolves.toBeUndefined();
  });
});

describe('the contract of the identity rejects', () => {
  test.each([
    ['one that accepts unsigned tokens', identityAcceptsUnsigned, 'a token without a signature'],
    ['one that accepts tokens for others', identityAcceptsWrongAudience, 'a token for another function'],
    [
      'one that remembers a verified token for ever',
      identityAcceptsExpired,
      'a token is refused once its hour is over',
    ],
  ])('%s', async (_name, open, promise) => {
    const broken = await casesBrokenBy(identityContract, open);

    expect(broken.some((title) => title.startsWith(promise))).toBe(true);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { createLocalIdentity, createLocalIssuer } from '#shared/platform/local/identity.ts';
import type { Identity } from '#shared/ports/identity.ts';
import { createManualClock } from '#test/support/manual-clock.ts';
import type { OpenIdentity } from './identity.contract.ts';

const ourKey = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
const strangersKey = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

/** Opens the embedded identities, optionally with a planted defect in how they verify. */
export function localIdentity(
  defect: (identity: Identity) => Identity = (identity) => identity,
): OpenIdentity {
  return async () => {
    const clock = createManualClock();
    const issuer = createLocalIssuer({ key: ourKey, clock });
    const pollerEmail = 'fn-poller@example.com';
    return {
      pollerEmail,
      poller: defect(createLocalIdentity({ email: pollerEmail, issuer })),
      orchestrator: defect(createLocalIdentity({ email: 'fn-orchestrator@example.com', issuer })),
      stranger: createLocalIdentity({
        email: pollerEmail,
        issuer: createLocalIssuer({ key: strangersKey, clock }),
      }),
      advance: clock.advance,
    };
  };
}

import { forbidden, unauthenticated } from '#shared/errors/faults.ts';
import type { Identity } from '#shared/ports/identity.ts';
import type { EntryRequest } from './entry.ts';

/** Lets internal callers in and nobody else. Cloud Run checks the same; code that matters does not rely on it. */
export interface CallerGuard {
  /** @throws ConcordError `unauthenticated` or `forbidden`; whatever the Identity port throws. */
  check(request: EntryRequest): Promise<void>;
}

export interface CallerGuardOptions {
  readonly identity: Identity;
  /** URL of the function, as callers name it in their tokens. */
  readonly audience: string;
  /** E-mail addresses of the accounts that may call. */
  readonly callers: readonly string[];
}

/** Requires a valid identity token for this function from one of the accounts in its manifest. */
export function createCallerGuard({ identity, audience, callers }: CallerGuardOptions): CallerGuard {
  const allowed = new Set(callers);
  return {
    async check(request) {
      const token = /^bearer +([\w.~+/=-]+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
      if (token === undefined) throw unauthenticated('there is none');
      const caller = await identity.verify(token, audience);
      if (!allowed.has(caller.email)) throw forbidden(caller.email, audience);
    },
  };
}

import { localIdentity } from '../local-identity.ts';

/** Believes what a token says about itself when it names no algorithm. */
export const identityAcceptsUnsigned = localIdentity((identity) => ({
  token: (audience) => identity.token(audience),
  async verify(token, audience) {
    const [header = '', claims = ''] = token.split('.');
    if (!Buffer.from(header, 'base64url').toString('utf8').includes('"none"'))
      return identity.verify(token, audience);
    return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { readonly email: string };
  },
}));

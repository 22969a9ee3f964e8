import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSignedBy } from '#shared/connectors/signature.ts';

const SECRET = 'first-secret';
const PARTS = ['POST', Buffer.from('body')] as const;
const SIGNATURE = createHmac('sha256', SECRET).update('POSTbody').digest('base64');

describe('isSignedBy', () => {
  test('accepts the signature under any of the secrets', () => {
    expect(isSignedBy([SECRET], PARTS, SIGNATURE)).toBe(true);
    expect(isSignedBy(['other', SECRET], PARTS, SIGNATURE)).toBe(true);
    expect(isSignedBy(['other'], PARTS, SIGNATURE)).toBe(false);
    expect(isSignedBy([], PARTS, SIGNATURE)).toBe(false);
  });

  test('refuses a signature with any single character changed', () => {
    const changed = Array.from(SIGNATURE, (character, index) =>
      ['A', 'B', 'C', 'D', '=', ' ']
        .filter((other) => other !== character)
        .map((other) => SIGNATURE.slice(0, index) + other + SIGNATURE.slice(index + 1)),
    ).flat();

    expect(changed.filter((signature) => isSignedBy([SECRET], PARTS, signature))).toEqual([]);
  });

  test('refuses other spellings of the same bytes, and what is no base64', () => {
    const spellings = [
      SIGNATURE.replace('=', ''),
      `${SIGNATURE}=`,
      ` ${SIGNATURE}`,
      `${SIGNATURE.slice(0, 8)}\n${SIGNATURE.slice(8)}`,
      Buffer.from(SIGNATURE, 'base64').toString('base64url'),
      Buffer.from(SIGNATURE, 'base64').toString('hex'),
      '',
      'é',
    ].filter((spelling) => spelling !== SIGNATURE);

    expect(spellings.filter((signature) => isSignedBy([SECRET], PARTS, signature))).toEqual([]);
  });
});

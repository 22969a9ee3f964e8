import { describe, expect, test } from 'vitest';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { loadConfig } from '#shared/config/load-config.ts';

function problemOf(environment: Readonly<Record<string, string>>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (ConcordError.is(error, 'invalid_configuration')) return error.message;
  }
  return 'none';
}

describe('configuration', () => {
  test('an empty environment is enough to start locally', () => {
    const config = loadConfig({});

    expect(config).toMatchObject({
      port: 8080,
      publicUrl: null,
      dataDir: '.concord',
      client: 'demo',
      devRole: 'admin',
      demoQuiet: false,
      twinPorts: { hubspot: 8081, shopify: 8082, netsuite: 8083, ollama: 8084 },
      secrets: {
        HUBSPOT_CLIENT_SECRET: ['local-hubspot-secret'],
        SHOPIFY_CLIENT_SECRET: ['local-shopify-secret'],
        NETSUITE_WEBHOOK_SECRET: ['local-netsuite-secret'],
      },
    });
  });

  test('the public URL loses a trailing slash', () => {
    const { publicUrl } = loadConfig({ CONCORD_PUBLIC_URL: 'https://hooks.example.com/' });

    expect(publicUrl).toBe('https://hooks.example.com');
  });

  test('an empty variable counts as unset', () => {
    const config = loadConfig({ PORT: '', HUBSPOT_BASE_URL: ' ', CONCORD_DEMO_QUIET: '' });

    expect([config.port, config.vendors.hubspot.baseUrl, config.demoQuiet]).toEqual([8080, null, false]);
  });

  test('while a vendor rotates its secret both stay valid, the new one first', () => {
    const { secrets } = loadConfig({ SHOPIFY_CLIENT_SECRET: 'new', SHOPIFY_CLIENT_SECRET_PREVIOUS: 'old' });

    expect(secrets['SHOPIFY_CLIENT_SECRET']).toEqual(['new', 'old']);
  });

  test.each([
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['CONCORD_DEV_ROLE', 'owner'],
    ['CONCORD_PUBLIC_URL', 'hooks.example.com'],
    ['CONCORD_PUBLIC_URL', 'https://hooks.example.com/?a=1'],
    ['CONCORD_DEMO_QUIET', 'yes'],
    ['SHOPIFY_SHOP', 'https://shop.example.com'],
    ['CONCORD_CLIENT', '../secrets'],
    ['CONCORD_RELEASE', '1.2'],
    ['CONCORD_CALL_TIMEOUT_MS', '0'],
    ['CONCORD_EFFECT_SETTLES_MS', 'long'],
  ])('%s=%s is refused by name', (name, value) => {
    const problem = problemOf({ [name]: value });

    expect(problem).toContain(`${name} must`);
    expect(problem).toContain('start again');
  });

  test('a lease has to outlive three vendor calls (M3)', () => {
    const short = { CONCORD_CALL_TIMEOUT_MS: '1000', CONCORD_CLOCK_SKEW_MS: '100', CONCORD_LEASE_MS: '3100' };

    expect(problemOf(short)).toContain('CONCORD_LEASE_MS must be more than three times');
    expect(loadConfig({ ...short, CONCORD_LEASE_MS: '3101' }).timing).toEqual({
      callTimeoutMs: 1_000,
      leaseMs: 3_101,
      clockSkewMs: 100,
    });
  });

  test('all wrong variables are named at once, and no value is repeated (M14)', () => {
    const problem = problemOf({ PORT: 'ada-secret', CONCORD_DEV_ROLE: 'ada-secret' });

    expect(problem).toContain('PORT');
    expect(problem).toContain('CONCORD_DEV_ROLE');
    expect(problem).not.toContain('ada-secret');
  });
});

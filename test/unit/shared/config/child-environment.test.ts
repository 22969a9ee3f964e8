import { describe, expect, test } from 'vitest';
import { toChildEnvironment } from '#shared/config/child-environment.ts';
import { loadConfig } from '#shared/config/load-config.ts';

describe('the environment of a child process', () => {
  test.each([
    ['nothing is set', {}],
    [
      'everything is set',
      {
        PORT: '9000',
        CONCORD_PUBLIC_URL: 'https://hooks.example.com',
        CONCORD_CONSOLE_URL: 'https://console.example.com',
        CONCORD_DATA_DIR: 'data',
        CONCORD_CLIENT: 'acme',
        CONCORD_RELEASE: '7',
        CONCORD_DEV_ROLE: 'viewer',
        CONCORD_DEMO_QUIET: '1',
        CONCORD_LOG_LEVEL: 'debug',
        CONCORD_CALL_TIMEOUT_MS: '1000',
        CONCORD_LEASE_MS: '4000',
        CONCORD_CLOCK_SKEW_MS: '100',
        CONCORD_EFFECT_SETTLES_MS: '2000',
        HUBSPOT_CLIENT_SECRET: 'new',
        HUBSPOT_CLIENT_SECRET_PREVIOUS: 'old',
        HUBSPOT_BASE_URL: 'https://hubspot.example.com',
        HUBSPOT_ACCESS_TOKEN: 'token-a',
        SHOPIFY_BASE_URL: 'https://shopify.example.com',
        SHOPIFY_SHOP: 'a-shop.myshopify.com',
        SHOPIFY_ACCESS_TOKEN: 'token-b',
        NETSUITE_ACCOUNT: '1234567',
        TWIN_PORT_HUBSPOT: '9001',
        TWIN_PORT_OLLAMA: '9004',
      },
    ],
  ])('gives it the same configuration when %s', (_name, environment) => {
    const config = loadConfig(environment);

    const again = loadConfig(toChildEnvironment(config));

    expect(again).toEqual(config);
  });
});

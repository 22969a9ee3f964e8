import { z } from 'zod';

/** Who the local console takes its user for. */
export const DEV_ROLES = ['viewer', 'operator', 'admin'] as const;
export type DevRole = (typeof DEV_ROLES)[number];

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
    .transform(Number)
    .refine((value) => value <= 65_535, 'must be a port number from 0 to 65535')
    .default(fallback);

const flag = z
  .enum(['0', '1', 'true', 'false'], { error: 'must be 1 or 0' })
  .transform((text) => text === '1' || text === 'true')
  .default(false);

const baseUrl = z
  .string()
  .refine(isBaseUrl, 'must be an http or https URL without query, fragment or credentials')
  .transform((text) => text.replace(/\/+$/, ''));

const text = z.string().min(1);

const milliseconds = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'must be a whole number of milliseconds from 1 to 9999999')
  .transform(Number);

/**
 * Every environment variable that the project reads. An unset and an empty variable are the same.
 * A secret's `_PREVIOUS` twin keeps the old value valid while a vendor rotates.
 */
export const EnvSchema = z
  .object({
    PORT: port(8080),
    CONCORD_PUBLIC_URL: baseUrl.optional(),
    /** Where commands of a terminal find the console. */
    CONCORD_CONSOLE_URL: baseUrl.optional(),
    CONCORD_DATA_DIR: text.default('.concord'),
    CONCORD_CLIENT: text
      .regex(/^[a-z][a-z0-9-]*$/, 'must be the name of a folder in shared/clients')
      .default('demo'),
    CONCORD_RELEASE: text
      .regex(/^\d{1,12}$/, 'must be a whole number that grows with every release')
      .transform(Number)
      .default(1),
    CONCORD_DEV_ROLE: z.enum(DEV_ROLES, { error: 'must be viewer, operator or admin' }).default('admin'),
    CONCORD_DEMO_QUIET: flag,
    CONCORD_LOG_LEVEL: z
      .enum(['debug', 'info', 'warning', 'error'], { error: 'must be debug, info, warning or error' })
      .default('info'),

    /** Deadline of one vendor call. */
    CONCORD_CALL_TIMEOUT_MS: milliseconds.default(10_000),
    /** Life of a record's lease. */
    CONCORD_LEASE_MS: milliseconds.default(60_000),
    /** Largest assumed difference between two instances' clocks. */
    CONCORD_CLOCK_SKEW_MS: milliseconds.default(2_000),
    /** Longest time after our deadline in which a twin may still act. Never counts for a real vendor. */
    CONCORD_EFFECT_SETTLES_MS: milliseconds.optional(),

    HUBSPOT_CLIENT_SECRET: text.default('local-hubspot-secret'),
    HUBSPOT_CLIENT_SECRET_PREVIOUS: text.optional(),
    SHOPIFY_CLIENT_SECRET: text.default('local-shopify-secret'),
    SHOPIFY_CLIENT_SECRET_PREVIOUS: text.optional(),
    NETSUITE_WEBHOOK_SECRET: text.default('local-netsuite-secret'),
    NETSUITE_WEBHOOK_SECRET_PREVIOUS: text.optional(),

    HUBSPOT_BASE_URL: baseUrl.optional(),
    HUBSPOT_ACCESS_TOKEN: text.default('local-hubspot-token'),
    SHOPIFY_BASE_URL: baseUrl.optional(),
    SHOPIFY_SHOP: text
      .regex(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, 'must look like my-shop.myshopify.com')
      .optional(),
    SHOPIFY_ACCESS_TOKEN: text.default('local-shopify-token'),
    NETSUITE_ACCOUNT: text.optional(),

    TWIN_PORT_HUBSPOT: port(8081),
    TWIN_PORT_SHOPIFY: port(8082),
    TWIN_PORT_NETSUITE: port(8083),
    TWIN_PORT_OLLAMA: port(8084),
  })
  .refine((env) => env.CONCORD_LEASE_MS > 3 * env.CONCORD_CALL_TIMEOUT_MS + env.CONCORD_CLOCK_SKEW_MS, {
    path: ['CONCORD_LEASE_MS'],
    message: 'must be more than three times CONCORD_CALL_TIMEOUT_MS and CONCORD_CLOCK_SKEW_MS besides', // M3
  });

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return isHttp && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
}

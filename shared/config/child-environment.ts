import type { Config } from './load-config.ts';

/** Of the machine's own variables, a child needs these to run at all. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS'] as const;

/**
 * The environment of a process that serves one function of this mesh: read back by `loadConfig`, it gives
 * the same configuration. Nothing else of the parent's environment is passed on.
 */
export function toChildEnvironment(config: Config): Readonly<Record<string, string>> {
  const { vendors, twinPorts, secrets, timing } = config;
  return onlySet({
    ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
    PORT: String(config.port),
    CONCORD_PUBLIC_URL: config.publicUrl,
    CONCORD_CONSOLE_URL: config.consoleUrl,
    CONCORD_DATA_DIR: config.dataDir,
    CONCORD_CLIENT: config.client,
    CONCORD_RELEASE: String(config.release),
    CONCORD_DEV_ROLE: config.devRole,
    CONCORD_DEMO_QUIET: config.demoQuiet ? '1' : '0',
    CONCORD_LOG_LEVEL: config.logLevel,
    CONCORD_CALL_TIMEOUT_MS: String(timing.callTimeoutMs),
    CONCORD_LEASE_MS: String(timing.leaseMs),
    CONCORD_CLOCK_SKEW_MS: String(timing.clockSkewMs),
    CONCORD_EFFECT_SETTLES_MS:
      config.twinEffectSettlesMs === null ? null : String(config.twinEffectSettlesMs),
    HUBSPOT_BASE_URL: vendors.hubspot.baseUrl,
    SHOPIFY_BASE_URL: vendors.shopify.baseUrl,
    SHOPIFY_SHOP: vendors.shopify.shop,
    NETSUITE_ACCOUNT: vendors.netsuite.account,
    TWIN_PORT_HUBSPOT: String(twinPorts.hubspot),
    TWIN_PORT_SHOPIFY: String(twinPorts.shopify),
    TWIN_PORT_NETSUITE: String(twinPorts.netsuite),
    TWIN_PORT_OLLAMA: String(twinPorts.ollama),
    ...Object.fromEntries(
      Object.entries(secrets).flatMap(([name, [newest, previous]]) => [
        [name, newest],
        [`${name}_PREVIOUS`, previous],
      ]),
    ),
  });
}

function onlySet(values: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (typeof value === 'string') set[name] = value;
  return set;
}

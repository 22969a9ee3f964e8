import type { z } from 'zod';
import type { ConcordError } from '#shared/errors/concord-error.ts';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import type { Severity } from '#shared/ports/telemetry.ts';
import { addEnvFile } from './env-file.ts';
import { EnvSchema, type DevRole } from './env-schema.ts';

type Env = z.infer<typeof EnvSchema>;

/** Configuration of one process, complete and checked. */
export interface Config {
  /** Port of the mesh on 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  /** Base of the public URLs, without a trailing slash. HubSpot signs over it. Null: `http://127.0.0.1:<port>`. */
  readonly publicUrl: string | null;
  /** Base of the console's URLs for commands of a terminal, without a trailing slash. */
  readonly consoleUrl: string;
  /** Folder of everything durable. */
  readonly dataDir: string;
  /** Folder name in `shared/clients`. */
  readonly client: string;
  readonly release: number;
  readonly devRole: DevRole;
  readonly demoQuiet: boolean;
  readonly logLevel: Severity;
  /** How long things may take (M3): a lease outlives a read, a write and a read-back. */
  readonly timing: { readonly callTimeoutMs: number; readonly leaseMs: number; readonly clockSkewMs: number };
  /** Replaces, for twins only, the time a vendor takes at most to act after our deadline. Null: the vendor's own. */
  readonly twinEffectSettlesMs: number | null;
  /** Versions of each secret by name, newest first. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** How vendors are reached. Null: not configured, so the twin is used. */
  readonly vendors: {
    readonly hubspot: { readonly baseUrl: string | null };
    readonly shopify: { readonly baseUrl: string | null; readonly shop: string | null };
    readonly netsuite: { readonly account: string | null };
  };
  readonly twinPorts: Readonly<Record<'hubspot' | 'shopify' | 'netsuite' | 'ollama', number>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the process's environment, after the `.env` file when there is one. What the environment already
 * holds wins over the file.
 *
 * @throws ConcordError `invalid_configuration` that lists every wrong variable and what it must be.
 */
export function loadConfig(environment: Environment = processEnvironment()): Config {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== '');
  const parsed = EnvSchema.safeParse(Object.fromEntries(set));
  if (!parsed.success) throw unusable(problemsOf(parsed.error.issues));
  return toConfig(parsed.data);
}

function processEnvironment(): Environment {
  const problems = addEnvFile('.env', new Set(Object.keys(EnvSchema.shape)));
  if (problems.length > 0) throw unusable(problems);
  return process.env;
}

/** Names variables and rules only: a value may be a secret (M14). */
function problemsOf(issues: readonly z.core.$ZodIssue[]): readonly string[] {
  return issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
}

function unusable(problems: readonly string[]): ConcordError {
  const them = problems.length === 1 ? 'it' : 'them';
  return invalidConfiguration(
    `The environment is not usable: ${problems.join('; ')}. Correct or unset ${them} and start again.`,
  );
}

function toConfig(env: Env): Config {
  return {
    port: env.PORT,
    publicUrl: env.CONCORD_PUBLIC_URL ?? null,
    consoleUrl: env.CONCORD_CONSOLE_URL ?? `http://127.0.0.1:${env.PORT}`,
    dataDir: env.CONCORD_DATA_DIR,
    client: env.CONCORD_CLIENT,
    release: env.CONCORD_RELEASE,
    devRole: env.CONCORD_DEV_ROLE,
    demoQuiet: env.CONCORD_DEMO_QUIET,
    logLevel: env.CONCORD_LOG_LEVEL,
    timing: {
      callTimeoutMs: env.CONCORD_CALL_TIMEOUT_MS,
      leaseMs: env.CONCORD_LEASE_MS,
      clockSkewMs: env.CONCORD_CLOCK_SKEW_MS,
    },
    twinEffectSettlesMs: env.CONCORD_EFFECT_SETTLES_MS ?? null,
    secrets: secretsOf(env),
    vendors: {
      hubspot: { baseUrl: env.HUBSPOT_BASE_URL ?? null },
      shopify: { baseUrl: env.SHOPIFY_BASE_URL ?? null, shop: env.SHOPIFY_SHOP ?? null },
      netsuite: { account: env.NETSUITE_ACCOUNT ?? null },
    },
    twinPorts: {
      hubspot: env.TWIN_PORT_HUBSPOT,
      shopify: env.TWIN_PORT_SHOPIFY,
      netsuite: env.TWIN_PORT_NETSUITE,
      ollama: env.TWIN_PORT_OLLAMA,
    },
  };
}

function secretsOf(env: Env): Record<string, readonly string[]> {
  return {
    HUBSPOT_CLIENT_SECRET: versions(env.HUBSPOT_CLIENT_SECRET, env.HUBSPOT_CLIENT_SECRET_PREVIOUS),
    SHOPIFY_CLIENT_SECRET: versions(env.SHOPIFY_CLIENT_SECRET, env.SHOPIFY_CLIENT_SECRET_PREVIOUS),
    NETSUITE_WEBHOOK_SECRET: versions(env.NETSUITE_WEBHOOK_SECRET, env.NETSUITE_WEBHOOK_SECRET_PREVIOUS),
    HUBSPOT_ACCESS_TOKEN: versions(env.HUBSPOT_ACCESS_TOKEN),
    SHOPIFY_ACCESS_TOKEN: versions(env.SHOPIFY_ACCESS_TOKEN),
  };
}

function versions(...values: readonly (string | undefined)[]): readonly string[] {
  return values.filter((value) => value !== undefined);
}

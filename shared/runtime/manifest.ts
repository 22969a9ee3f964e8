import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { invalidConfiguration } from '#shared/errors/faults.ts';
import { LANES } from '#shared/model/vocabulary.ts';

const name = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
const path = z.string().regex(/^\/[a-z0-9/-]*$/);
const backoff = { minBackoffMs: z.int().min(100), maxBackoffMs: z.int().max(600_000) };

const HttpTriggerSchema = z.strictObject({ kind: z.literal('http') });

/** A push subscription, named `<topic>.<function>`. */
const SubscriptionTriggerSchema = z.strictObject({
  kind: z.literal('subscription'),
  topic: z.string().min(1),
  path,
  /** Pub/Sub allows 5 to 100 before a message moves on. */
  maxDeliveryAttempts: z.int().min(5).max(100),
  ...backoff,
  /** False only for a subscription that is itself the end of the line. */
  hasDeadLetter: z.boolean(),
});

/** Cloud Tasks queues, one per system of the client and lane, named `<system>-<lane>`. */
const QueuesTriggerSchema = z.strictObject({
  kind: z.literal('queues'),
  maxConcurrent: z.strictObject(Object.fromEntries(LANES.map((lane) => [lane, z.int().min(1).max(1_000)]))),
  maxAttempts: z.int().min(1).max(100),
  ...backoff,
});

const ScheduleTriggerSchema = z.strictObject({
  kind: z.literal('schedule'),
  name,
  path,
  everySeconds: z.int().min(60),
});

/** A Firestore trigger on a document pattern inside the client's scope. */
const DocumentTriggerSchema = z.strictObject({
  kind: z.literal('document'),
  name,
  path,
  document: z.string().min(1),
  maxDeliveryAttempts: z.int().min(1).max(100),
  ...backoff,
});

/** What `functions/<name>/function.json` may say. Unknown fields are refused: a typo must not be silent. */
export const ManifestSchema = z.strictObject({
  name,
  description: z.string().min(1),
  ingress: z.enum(['public', 'internal', 'iap']),
  triggers: z
    .array(
      z.discriminatedUnion('kind', [
        HttpTriggerSchema,
        SubscriptionTriggerSchema,
        QueuesTriggerSchema,
        ScheduleTriggerSchema,
        DocumentTriggerSchema,
      ]),
    )
    .min(1),
  /** Accounts that may call it, without their domain. Empty exactly when people or vendors call it. */
  callers: z.array(name),
  /** Topics it publishes to. */
  topics: z.array(z.string().min(1)),
  /** Functions whose queues it adds tasks to. */
  enqueuesFor: z.array(name),
  /** Google roles of its account, without the `roles/` prefix. */
  roles: z.array(z.string().regex(/^[a-z]+\.[A-Za-z]+$/)),
  /** Secrets it may read. */
  secrets: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/)),
  memoryMiB: z.int().min(128).max(8_192),
  timeoutSeconds: z.int().min(1).max(1_800),
  /** Requests that one instance serves at a time. */
  concurrency: z.int().min(1).max(1_000),
  minInstances: z.int().min(0).max(10),
  maxInstances: z.int().min(1).max(1_000),
});

export type Manifest = z.infer<typeof ManifestSchema>;

/** Checks one manifest. @throws ConcordError `invalid_configuration` naming the function and the field. */
export function parseManifest(functionName: string, value: unknown): Manifest {
  const parsed = ManifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidConfiguration(
      `functions/${functionName}/function.json is not usable: ${issue?.path.join('.') || '(root)'}: ${issue?.message}.`,
    );
  }
  if (parsed.data.name !== functionName) {
    throw invalidConfiguration(
      `functions/${functionName}/function.json names the function ${parsed.data.name}.`,
    );
  }
  return parsed.data;
}

/** The folder that holds the functions, as seen from this file. */
export const FUNCTIONS_DIRECTORY = new URL('../../functions/', import.meta.url);

/** Reads the manifests of all functions in a folder, in the order of their names. */
export function loadManifests(directory: URL = FUNCTIONS_DIRECTORY): readonly Manifest[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted()
    .map((folder) => parseManifest(folder, readManifest(new URL(`${folder}/function.json`, directory))));
}

function readManifest(file: URL): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw invalidConfiguration(
      `${file.pathname} cannot be read as JSON: ${error instanceof Error ? error.name : 'unknown'}.`,
    );
  }
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getFunction } from '@google-cloud/functions-framework/testing';
import { describe, expect, test } from 'vitest';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { SystemId } from '#shared/model/ids.ts';
import { signerOf } from '#shared/runtime/addresses.ts';
import {
  FUNCTIONS_DIRECTORY,
  loadManifests,
  parseManifest,
  type Manifest,
} from '#shared/runtime/manifest.ts';
import { topologyOf } from '#shared/runtime/topology.ts';

const manifests = loadManifests();
const topology = topologyOf(manifests, [SystemId('hubspot'), SystemId('shopify')]);
const names = manifests.map(({ name }) => name);

const fileOf = (functionName: string, file: string): URL =>
  new URL(`${functionName}/${file}`, FUNCTIONS_DIRECTORY);
const isPrivate = ({ ingress }: Manifest): boolean => ingress === 'internal';

describe('every function', () => {
  test('that the mesh needs has a folder', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'console',
        'orchestrator',
        'poller',
        'step-executor',
        'watchdog',
        'webhook-ingest',
      ]),
    );
  });

  test.each(names)('%s has a short index that does nothing but register', (name) => {
    const lines = readFileSync(fileOf(name, 'index.ts'), 'utf8').trimEnd().split('\n');

    expect(lines.length).toBeLessThanOrEqual(30);
  });

  test.each(names)('%s registers itself under the name of its folder', async (name) => {
    await import(/* @vite-ignore */ fileURLToPath(fileOf(name, 'index.ts')));

    expect(getFunction(name)).toBeTypeOf('function');
  });

  test.each(manifests.map((manifest) => [manifest.name, manifest] as const))(
    '%s can be called by its own signer and by nobody else, or is open to the outside',
    (name, manifest) => {
      const expected = isPrivate(manifest) ? [signerOf(name)] : [];

      expect(manifest.callers).toEqual(expected);
      expect(manifest.triggers.some(({ kind }) => kind === 'http')).toBe(!isPrivate(manifest));
    },
  );

  test.each(manifests.map((manifest) => [manifest.name, manifest] as const))(
    '%s holds the roles for what it says it does',
    (_name, { topics, enqueuesFor, roles }) => {
      expect(roles.includes('pubsub.publisher')).toBe(topics.length > 0);
      expect(roles.includes('cloudtasks.enqueuer')).toBe(enqueuesFor.length > 0);
    },
  );

  test('has account names that Google accepts: 6 to 30 characters', () => {
    const accounts = names.flatMap((name) => [`fn-${name}`, signerOf(name)]);

    expect(accounts.filter((account) => account.length < 6 || account.length > 30)).toEqual([]);
  });
});

describe('webhook-ingest', () => {
  test('has no access to the store', () => {
    const ingest = manifests.find(({ name }) => name === 'webhook-ingest');

    expect(ingest?.roles).toEqual(['pubsub.publisher']);
  });
});

describe('the topology', () => {
  test('delivers every topic that somebody publishes to', () => {
    const published = manifests.flatMap(({ topics }) => topics);
    const subscribed = new Set(topology.subscriptions.map(({ topic }) => topic));

    expect(published.filter((topic) => !subscribed.has(topic))).toEqual([]);
  });

  test('brings every dead letter to a subscription that keeps it (M1)', () => {
    const deadLetterTopics = topology.subscriptions.flatMap(({ deadLetterTopic }) => deadLetterTopic ?? []);
    const ends = topology.subscriptions.filter(({ deadLetterTopic }) => deadLetterTopic === null);

    expect(deadLetterTopics).toEqual(['source-events.orchestrator.dead-letter']);
    expect(ends.map(({ topic, target, path }) => ({ topic, target, path }))).toEqual([
      { topic: 'source-events.orchestrator.dead-letter', target: 'watchdog', path: '/dead-letter' },
    ]);
  });

  test('names subscriptions after topic and function', () => {
    const subscriptions = topology.subscriptions.map(({ name }) => name);

    expect(subscriptions).toEqual([
      'source-events.orchestrator',
      'source-events.orchestrator.dead-letter.watchdog',
    ]);
  });

  test('has a queue per system and lane, and for what Concord itself owes', () => {
    const queues = topology.queues.map(({ name }) => name);

    expect(queues.toSorted()).toEqual([
      'concord-background',
      'concord-live',
      'concord-operator',
      'hubspot-background',
      'hubspot-live',
      'hubspot-operator',
      'shopify-background',
      'shopify-live',
      'shopify-operator',
    ]);
  });

  test('wakes the drift checker, the poller and the watchdog every minute', () => {
    expect(topology.schedules).toEqual([
      { name: 'drift-checker', target: 'drift-checker', path: '/', everyMs: 60_000 },
      { name: 'poller', target: 'poller', path: '/', everyMs: 60_000 },
      { name: 'watchdog', target: 'watchdog', path: '/', everyMs: 60_000 },
    ]);
  });

  test('sends tasks only to functions that are there', () => {
    const targets = manifests.flatMap(({ enqueuesFor }) => enqueuesFor);

    expect(targets.filter((target) => !topology.queues.some((queue) => queue.target === target))).toEqual([]);
  });
});

describe('a manifest that is wrong', () => {
  const [valid] = manifests;

  test.each([
    ['a field nobody knows', { ...valid, memoryMb: 256 }, '(root)'],
    ['another name than its folder', { ...valid, name: 'elsewhere' }, 'elsewhere'],
    ['no trigger', { ...valid, triggers: [] }, 'triggers'],
    ['a trigger nobody knows', { ...valid, triggers: [{ kind: 'cron' }] }, 'triggers.0'],
    ['too little memory', { ...valid, memoryMiB: 1 }, 'memoryMiB'],
  ])('with %s is refused by name', (_what, value, part) => {
    let problem: unknown;
    try {
      parseManifest('console', value);
    } catch (error) {
      problem = error;
    }

    expect(ConcordError.is(problem, 'invalid_configuration')).toBe(true);
    expect(String(problem)).toContain('functions/console/function.json');
    expect(String(problem)).toContain(part);
  });
});

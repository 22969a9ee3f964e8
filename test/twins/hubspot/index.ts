import { createActClock } from '../core/act-clock.ts';
import { createFaultBook } from '../core/faults.ts';
import { createRestartableRandom } from '../core/restartable-random.ts';
import { createStats } from '../core/stats.ts';
import { createTwin } from '../core/create-twin.ts';
import type { Twin, TwinOptions } from '../core/twin.ts';
import { createWebhookOutbox } from '../core/webhook-outbox.ts';
import { createWriteLog } from '../core/write-log.ts';
import { createHubspotSide } from './hubspot-side.ts';
import { CONTACTS } from './object-type.ts';
import type { HubspotLimits } from './rate-limit.ts';
import { hubspotWebhookStyle } from './webhooks.ts';

/** What HubSpot is to this twin: an account with one app. */
export interface HubspotTwinOptions extends TwinOptions {
  /** Bearer token that API calls must carry. @default 'local-hubspot-token' */
  readonly accessToken?: string;
  /** Scopes the app lacks; calls that need them get 403. @default none */
  readonly missingScopes?: readonly string[];
  readonly limits?: Partial<HubspotLimits>;
  /** Properties with a `propertyChange` subscription. @default every writable property HubSpot brings along */
  readonly subscribedProperties?: readonly string[];
  /** @default 20000001 */
  readonly portalId?: number;
  /** @default 1000001 */
  readonly appId?: number;
}

/** Token that API calls carry unless the options say otherwise. */
export const HUBSPOT_TWIN_TOKEN = 'local-hubspot-token';

/**
 * Creates a strict HubSpot: contacts of API version 2026-09, properties, batches, search, merge, webhooks.
 * Record ids are text; record type on the control side: `contacts`.
 */
export function createHubspotTwin(options: HubspotTwinOptions): Twin {
  const clock = createActClock(options.clock);
  const random = createRestartableRandom(options.random);
  const faults = createFaultBook(random.next);
  const stats = createStats();
  const writes = createWriteLog();
  const outbox = createWebhookOutbox({
    style: hubspotWebhookStyle(random.next),
    target: options.webhook,
    retryScheduleMs: options.retryScheduleMs,
    faults,
    stats,
  });
  const side = createHubspotSide({
    clock,
    random,
    types: [CONTACTS],
    accessToken: options.accessToken ?? HUBSPOT_TWIN_TOKEN,
    missingScopes: options.missingScopes ?? [],
    limits: { perTenSeconds: 190, searchesPerSecond: 5, perDay: 625_000, ...options.limits },
    subscribedProperties: options.subscribedProperties ?? null,
    portalId: options.portalId ?? 20_000_001,
    appId: options.appId ?? 1_000_001,
    emit: (event) => outbox.push(event, clock.now() + (options.webhookDelayMs ?? 0)),
    searchLagMs: (label) => faults.draw(['search-lag'], label)?.ms ?? options.searchLagMs ?? 0,
  });
  const parts = { faults, stats, writes, outbox };
  return createTwin('hubspot', { ...options, clock, random: random.next }, parts, side);
}

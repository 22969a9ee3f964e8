import { createActClock } from '../core/act-clock.ts';
import { createFaultBook } from '../core/faults.ts';
import { randomUuid } from '../core/random.ts';
import { createRestartableRandom } from '../core/restartable-random.ts';
import { createStats } from '../core/stats.ts';
import { createTwin } from '../core/create-twin.ts';
import type { Twin, TwinOptions } from '../core/twin.ts';
import { createWebhookOutbox } from '../core/webhook-outbox.ts';
import { createWriteLog } from '../core/write-log.ts';
import type { CustomerChange } from './customer-desk.ts';
import { createShopifySide } from './shopify-side.ts';
import {
  customerBody,
  customerDeletedBody,
  customersMergedBody,
  newWebhook,
  shopifyWebhookStyle,
  toTriggeredAt,
} from './webhooks.ts';

/** What Shopify is to this twin: a shop with one app. */
export interface ShopifyTwinOptions extends TwinOptions {
  /** Value of `X-Shopify-Access-Token` that API calls must carry. @default 'local-shopify-token' */
  readonly accessToken?: string;
  /** @default 'twin-shop.myshopify.com' */
  readonly shopDomain?: string;
  /** Country whose phone numbers need no country code. @default 'US' */
  readonly country?: string;
  /** Minutes by which the shop's time differs from UTC; webhooks carry it. @default -300 */
  readonly utcOffsetMinutes?: number;
  /** The bucket of points. @default 2000 points, 100 more each second */
  readonly bucket?: { readonly maximum: number; readonly restoreRate: number };
}

/** Token that API calls carry unless the options say otherwise. */
export const SHOPIFY_TWIN_TOKEN = 'local-shopify-token';

const APP_ID = '1000001';

/**
 * Creates a strict Shopify: customers of Admin API 2026-10 over GraphQL, metafields, merge, webhooks. Ids are
 * gids beyond 2^53; record type on the control side: `customers`.
 */
export function createShopifyTwin(options: ShopifyTwinOptions): Twin {
  const clock = createActClock(options.clock);
  const random = createRestartableRandom(options.random);
  const faults = createFaultBook(random.next);
  const stats = createStats();
  const writes = createWriteLog();
  const outbox = createWebhookOutbox({
    style: shopifyWebhookStyle(),
    target: options.webhook,
    retryScheduleMs: options.retryScheduleMs,
    faults,
    stats,
  });
  const shop = options.shopDomain ?? 'twin-shop.myshopify.com';
  const offset = options.utcOffsetMinutes ?? -300;

  function announce(changes: readonly CustomerChange[]): void {
    const act = {
      shop,
      eventId: randomUuid(random.next),
      triggeredAt: toTriggeredAt(clock.now(), random.next),
    };
    for (const change of changes) {
      const webhook = newWebhook(
        { ...act, topic: `customers/${change.kind}`, body: bodyOf(change, offset) },
        random.next,
      );
      outbox.push(webhook, clock.now() + (options.webhookDelayMs ?? 0));
    }
  }

  const side = createShopifySide({
    clock,
    random,
    accessToken: options.accessToken ?? SHOPIFY_TWIN_TOKEN,
    shopDomain: shop,
    country: options.country ?? 'US',
    appId: APP_ID,
    bucket: options.bucket ?? { maximum: 2_000, restoreRate: 100 },
    announce,
    searchLagMs: (label) => faults.draw(['search-lag'], label)?.ms ?? options.searchLagMs ?? 0,
  });
  const parts = { faults, stats, writes, outbox };
  return createTwin('shopify', { ...options, clock, random: random.next }, parts, side);
}

function bodyOf(change: CustomerChange, offsetMinutes: number): string {
  switch (change.kind) {
    case 'create':
    case 'update':
      return customerBody(change.customer, offsetMinutes);
    case 'delete':
      return customerDeletedBody(change.id);
    case 'merge':
      return customersMergedBody(change.keptId, change.deletedId, change.jobId);
  }
}

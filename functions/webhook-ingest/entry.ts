import { hubspotWebhook } from '#shared/connectors/hubspot/webhook.ts';
import { shopifyWebhook } from '#shared/connectors/shopify/webhook.ts';
import type { BindFunction } from '#shared/runtime/function-host.ts';
import { createHttpEntry } from '#shared/runtime/http-entry.ts';
import { createWebhookIngest } from './handler.ts';

const formats = Object.freeze({ hubspot: hubspotWebhook, shopify: shopifyWebhook, netsuite: null });

/** Binds the function to its host. Loads webhook formats only, so that a cold start stays short. */
export const bind: BindFunction = async ({ functionName, ports, publicUrl }) =>
  createHttpEntry({
    functionName,
    telemetry: ports.telemetry,
    handle: createWebhookIngest({ ports, publicUrl, formats }),
  });

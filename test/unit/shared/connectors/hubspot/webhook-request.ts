import type { WebhookRequest } from '#shared/connectors/webhook.ts';

/** The configured address of the endpoint, which HubSpot signs over. */
export const ENDPOINT = 'https://mesh.example.com/webhook-ingest/hubspot';
export const NOW = 1_800_000_000_000;

export function requestOf(
  body: unknown,
  headers: WebhookRequest['headers'] = {},
  url = ENDPOINT,
): WebhookRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', url, headers, rawBody: Buffer.from(text) };
}

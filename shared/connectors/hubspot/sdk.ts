import type { Client } from '@hubspot/api-client/lib/src/client.js';
import type { IHttpOptions } from '@hubspot/api-client/lib/src/services/http/IHttpOptions.js';
import type { Http } from '#shared/ports/http.ts';
import { toFetchResponse } from '../fetch-response.ts';

/** The one place that names HubSpot's API version. The SDK's typed calls know no dated version. */
export const HUBSPOT_API_VERSION = '2026-09';

export interface HubspotClientOptions {
  readonly http: Http;
  readonly baseUrl: string;
  readonly accessToken: string;
  readonly timeoutMs: number;
}

interface HubspotSdk {
  createClient(options: HubspotClientOptions): Client;
}

let loading: Promise<HubspotSdk> | undefined;

/** Loads the SDK once per process. Whoever runs in virtual time awaits it beforehand. */
export function loadHubspotSdk(): Promise<HubspotSdk> {
  loading ??= load();
  return loading;
}

/**
 * Neither retries nor limiter are ever configured: they are one process-wide singleton of the SDK, sleep on
 * real timers, and repeat creates (M2).
 */
async function load(): Promise<HubspotSdk> {
  const [sdk, { Request }] = await Promise.all([
    import('@hubspot/api-client/lib/src/client.js'),
    import('@hubspot/api-client/lib/src/services/http/Request.js'),
  ]);

  /** The SDK's client with its requests sent through the Http port: its own fetch knows no deadline. */
  class PortClient extends sdk.Client {
    readonly #http: Http;
    readonly #timeoutMs: number;

    constructor({ http, baseUrl, accessToken, timeoutMs }: HubspotClientOptions) {
      super({ basePath: baseUrl, accessToken });
      this.#http = http;
      this.#timeoutMs = timeoutMs;
    }

    override async apiRequest(options: IHttpOptions = {}): Promise<Response> {
      const request = new Request(this.config, options);
      const { method, headers, body }: { method: string; headers: Record<string, string>; body?: unknown } =
        request.getSendData();
      const answer = await this.#http.send({
        method,
        url: request.getUrl().toString(),
        headers: lowerCased(headers),
        ...(typeof body === 'string' ? { body } : {}),
        timeoutMs: this.#timeoutMs,
      });
      return toFetchResponse(answer);
    }
  }

  return { createClient: (options) => new PortClient(options) };
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

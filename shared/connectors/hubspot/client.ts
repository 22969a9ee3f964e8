import type { VendorCall } from '#shared/errors/vendor-faults.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import { answeredAt } from '../answered-at.ts';
import { counted } from '../call-counter.ts';
import { parseJson } from '../lossless-json.ts';
import { faultOf, unreadable, type HubspotAnswer } from './errors.ts';
import { loadHubspotSdk } from './sdk.ts';

export interface HubspotCredentials {
  /** A token that is valid now; asked for before every call. */
  readonly accessToken: () => Promise<string>;
  /** `https://api.hubapi.com`, or a stand-in's origin. */
  readonly baseUrl: string;
}

export interface HubspotRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
}

/** Answers that are no failure of this call, by what they mean. */
export type Expected = Readonly<Record<string, (answer: HubspotAnswer) => boolean>>;

export interface HubspotClient {
  /**
   * Makes one call.
   * @returns `ok` with the parsed body, or the name of the expected answer that fits.
   * @throws ConcordError vendor_*, see `errors.ts`.
   */
  call(call: VendorCall, request: HubspotRequest, expected?: Expected): Promise<HubspotResult>;
}

export type HubspotResult =
  | {
      readonly status: 'ok';
      readonly body: JsonValue;
      /** HubSpot's clock, to the second; null when it did not tell. */
      readonly answeredAt: Instant | null;
    }
  | { readonly status: 'expected'; readonly meaning: string };

export interface HubspotClientDependencies {
  readonly http: Http;
  readonly telemetry: Telemetry;
  readonly credentials: HubspotCredentials;
  readonly callTimeoutMs: number;
}

export function createHubspotClient(dependencies: HubspotClientDependencies): HubspotClient {
  const { http, telemetry, credentials, callTimeoutMs } = dependencies;

  async function send(request: HubspotRequest): Promise<HubspotAnswer> {
    const [sdk, accessToken] = await Promise.all([loadHubspotSdk(), credentials.accessToken()]);
    const client = sdk.createClient({
      http,
      baseUrl: credentials.baseUrl,
      accessToken,
      timeoutMs: callTimeoutMs,
    });
    const response = await client.apiRequest({
      method: request.method,
      path: request.path,
      ...(request.query === undefined ? {} : { qs: request.query }),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const parsed = parseJson(await response.text());
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body: parsed.status === 'parsed' ? parsed.value : undefined,
    };
  }

  return {
    call: (call, request, expected = {}) =>
      counted(telemetry, call, async () => {
        const answer = await send(request);
        const meaning = Object.keys(expected).find((name) => expected[name]?.(answer));
        if (meaning !== undefined) return { status: 'expected', meaning };
        if (answer.status < 200 || answer.status > 299) throw faultOf(call, answer);
        if (answer.body === undefined) throw unreadable(call);
        return { status: 'ok', body: answer.body, answeredAt: answeredAt(answer.header('date')) };
      }),
  };
}

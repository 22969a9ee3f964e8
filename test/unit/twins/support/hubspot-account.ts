import type { HttpRequest } from '#shared/ports/http.ts';
import {
  createHubspotTwin,
  createRandom,
  createTwinControl,
  HUBSPOT_TWIN_TOKEN,
  type HubspotTwinOptions,
  type Twin,
  type TwinControl,
  type TwinResponse,
} from '#test/twins/index.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A HubSpot twin with a clock in the test's hand and a receiver that keeps what arrives. */
export interface HubspotAccount {
  readonly twin: Twin;
  readonly asPerson: TwinControl;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly received: HttpRequest[];
  /** What the receiver answers; a test can change it. */
  readonly receiver: { status: number };
  /** Calls the API with the right token. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<TwinResponse & { json: Json }>;
  /** Lets everything due arrive and returns its events, in order of arrival. */
  deliver(): Promise<readonly Json[]>;
}

export const START = Date.parse('2026-11-20T10:00:00.000Z');
export const OBJECTS = '/crm/objects/2026-09/contacts';
export const TARGET = {
  url: 'https://mesh.example.com/webhook-ingest/hubspot',
  secret: 'local-hubspot-secret',
} as const;

export function openHubspotAccount(options: Partial<HubspotTwinOptions> = {}): HubspotAccount {
  let now = START;
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const received: HttpRequest[] = [];
  const receiver = { status: 200 };
  const send = async (request: HttpRequest): Promise<{ status: number; headers: {}; body: string }> => {
    received.push(request);
    return { status: receiver.status, headers: {}, body: '' };
  };
  const twin = createHubspotTwin({
    clock,
    random: createRandom(7),
    webhook: { ...TARGET, send },
    ...options,
  });
  return {
    twin,
    asPerson: createTwinControl(twin),
    clock,
    received,
    receiver,
    async call(method, path, body, headers = { authorization: `Bearer ${HUBSPOT_TWIN_TOKEN}` }) {
      const response = await twin.handle({
        method,
        path,
        headers,
        body: body === undefined ? '' : JSON.stringify(body),
      });
      return { ...response, json: (response.body === '' ? {} : JSON.parse(response.body)) as Json };
    },
    async deliver() {
      const before = received.length;
      await twin.runOnce(now);
      return received.slice(before).flatMap((request) => JSON.parse(request.body ?? '[]') as Json[]);
    },
  };
}

/** The properties of an answered record. */
export function propertiesOf(record: unknown): Readonly<Record<string, string | null>> {
  return (record as { properties: Record<string, string | null> }).properties;
}

import type { Http, HttpRequest, HttpResponse } from '#shared/ports/http.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';

export interface ScriptedHttp extends Http {
  readonly requests: readonly HttpRequest[];
}

export type Reply = Partial<HttpResponse> | Error;

/** Answers calls in order with what it was given, and keeps what it was asked. */
export function scriptedHttp(...replies: readonly Reply[]): ScriptedHttp {
  const requests: HttpRequest[] = [];
  return {
    requests,
    send(request) {
      const reply = replies[requests.length];
      requests.push(request);
      if (reply === undefined) return Promise.reject(new Error('The script has no further reply.'));
      if (reply instanceof Error) return Promise.reject(reply);
      return Promise.resolve({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '',
        ...reply,
      });
    },
  };
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export const silentTelemetry: Telemetry = { log: () => undefined, count: () => undefined };

export interface CountedTelemetry extends Telemetry {
  readonly counts: readonly Readonly<Record<string, string>>[];
}

export function countingTelemetry(): CountedTelemetry {
  const counts: Readonly<Record<string, string>>[] = [];
  return { counts, log: () => undefined, count: (_metric, labels = {}) => void counts.push(labels) };
}

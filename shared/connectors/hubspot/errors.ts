import { z } from 'zod';
import type { ConcordError } from '#shared/errors/concord-error.ts';
import {
  vendorBusy,
  vendorProtocol,
  vendorRateLimited,
  vendorRejected,
  vendorUnauthorised,
  vendorUnavailable,
  type VendorCall,
} from '#shared/errors/vendor-faults.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { retryAfterMs } from '../retry-after.ts';

/** An answer of HubSpot. */
export interface HubspotAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Undefined when it was not JSON. */
  readonly body: JsonValue | undefined;
}

/** HubSpot asks to treat every field of an error as optional. */
const ErrorSchema = z.object({
  status: z.string().optional().catch(undefined),
  category: z.string().optional().catch(undefined),
  subCategory: z.string().optional().catch(undefined),
  policyName: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  errors: z
    .array(
      z.object({
        code: z.string().optional().catch(undefined),
        context: z
          .object({ propertyName: z.array(z.string()).optional() })
          .optional()
          .catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
});
type HubspotErrorBody = z.infer<typeof ErrorSchema>;

const SECOND_MS = 1_000;
/** "Locked": HubSpot asks for two seconds or more. */
const LOCKED_MS = 2 * SECOND_MS;
/** "Pause a few seconds" after an edge failure. */
const EDGE_PAUSE_MS = 5 * SECOND_MS;
const MIGRATING_MS = 60 * SECOND_MS;
const ROLLING_WINDOW_MS = 10 * SECOND_MS;
/** The daily limit resets at midnight of the account's time zone, which the answer does not name. */
const DAILY_MS = 15 * 60 * SECOND_MS;

/** The only place that turns HubSpot's failures into ours. */
export function faultOf(call: VendorCall, answer: HubspotAnswer): ConcordError {
  const { status } = answer;
  const askedForMs = retryAfterMs(answer.header('retry-after'));
  if (status === 429) return vendorRateLimited(call, rateLimitOf(answer));
  if (status === 401 || status === 403) return vendorUnauthorised(call, status, reasonsOf(bodyOf(answer)));
  if (status === 423) return vendorBusy(call, status, Math.max(askedForMs ?? 0, LOCKED_MS));
  if (status === 477) return vendorBusy(call, status, askedForMs ?? MIGRATING_MS);
  if (status >= 500) return vendorUnavailable(call, status, askedForMs ?? edgePauseOf(status));
  if (status === 408) return vendorUnavailable(call, status);
  if (status >= 400 && !isErrorOfHubspot(answer))
    return vendorProtocol(call, `status ${status} without an error body`, 'none');
  if (status >= 400) return vendorRejected(call, status, reasonsOf(bodyOf(answer)));
  return vendorProtocol(call, `status ${status}`);
}

/** A success whose body is not JSON. */
export function unreadable(call: VendorCall): ConcordError {
  return vendorProtocol(call, 'the body is not JSON');
}

/** A success whose body lacks what its contract promises. */
export function misshapen(call: VendorCall): ConcordError {
  return vendorProtocol(call, 'the body has not the promised fields');
}

/**
 * A definite "does not exist" (M10). A 404 without HubSpot's error body comes from something in between
 * and proves nothing.
 */
export function isMissing(answer: HubspotAnswer): boolean {
  return answer.status === 404 && isErrorOfHubspot(answer);
}

/** A deletion was carried out: the one success without a body. */
export function isEmptied(answer: HubspotAnswer): boolean {
  return answer.status === 204;
}

/** A create met an object with the same unique value: 409, or 400 when it is a custom unique property. */
export function isTaken(answer: HubspotAnswer): boolean {
  if (answer.status === 409) return isErrorOfHubspot(answer);
  return answer.status === 400 && codesOf(bodyOf(answer)).includes('CONFLICTING_UNIQUE_VALUE');
}

function bodyOf(answer: HubspotAnswer): HubspotErrorBody {
  return ErrorSchema.safeParse(answer.body).data ?? {};
}

function isErrorOfHubspot(answer: HubspotAnswer): boolean {
  const { status, category } = bodyOf(answer);
  return status === 'error' || category !== undefined;
}

function codesOf(body: HubspotErrorBody): readonly string[] {
  const listed = (body.errors ?? []).flatMap(({ code }) => (code === undefined ? [] : [code]));
  // Property errors also stand as JSON inside the message; nothing but their codes is taken from there.
  const quoted = (body.message ?? '').matchAll(/"error":"([A-Z_]{1,64})"/g);
  return [...listed, ...Array.from(quoted, ([, code = '']) => code)];
}

function reasonsOf(body: HubspotErrorBody): readonly string[] {
  const names = (body.errors ?? []).flatMap(({ context }) => context?.propertyName ?? []);
  const category = [body.category, body.subCategory].filter((text) => text !== undefined);
  return [...category, ...codesOf(body), ...names];
}

function rateLimitOf(answer: HubspotAnswer): number {
  const stated = retryAfterMs(answer.header('retry-after'));
  if (stated !== undefined) return stated;
  const { policyName = '', message = '' } = bodyOf(answer);
  if (policyName.startsWith('DAILY')) return DAILY_MS;
  if (policyName.startsWith('TEN_SECONDLY')) return windowOf(answer) ?? ROLLING_WINDOW_MS;
  if (policyName.startsWith('SECONDLY') || /secondly limit/i.test(message)) return SECOND_MS;
  return windowOf(answer) ?? ROLLING_WINDOW_MS;
}

function windowOf(answer: HubspotAnswer): number | undefined {
  const window = Number(answer.header('x-hubspot-ratelimit-interval-milliseconds') ?? Number.NaN);
  return Number.isFinite(window) && window > 0 ? window : undefined;
}

function edgePauseOf(status: number): number | undefined {
  return [502, 503, 504, 521, 523, 524].includes(status) ? EDGE_PAUSE_MS : undefined;
}

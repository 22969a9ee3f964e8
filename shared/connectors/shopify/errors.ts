import { z } from 'zod';
import { ConcordError } from '#shared/errors/concord-error.ts';
import {
  vendorBusy,
  vendorProtocol,
  vendorRateLimited,
  vendorRejected,
  vendorUnauthorised,
  vendorUnavailable,
  type VendorCall,
} from '#shared/errors/vendor-faults.ts';
import type { HttpResponse } from '#shared/ports/http.ts';
import { parseJson } from '../lossless-json.ts';
import { retryAfterMs } from '../retry-after.ts';

const SECOND_MS = 1_000;
/** When an answer does not say how long to wait: a standard bucket refills a common query in less. */
const THROTTLED_MS = 2 * SECOND_MS;
const MAX_WAIT_MS = 60 * SECOND_MS;
/** The shop itself is closed to us for now: frozen, locked, moved, suspended. */
const SHOP_CLOSED_MS = 60 * SECOND_MS;

/** Statuses that speak of the request we built, not of the shop. */
const OUR_FAULT: ReadonlySet<number> = new Set([400, 405, 406, 413, 414, 415, 422]);

/** An answer over HTTP other than 2xx. The only place, with the functions below, that turns Shopify's failures into ours. */
function faultOfStatus(call: VendorCall, response: HttpResponse): ConcordError {
  const { status } = response;
  const askedForMs = retryAfterMs(response.headers['retry-after']);
  // 430 is Shopify's own: requests of a kind it deems unsafe, slowed down.
  if (status === 429 || status === 430) return vendorRateLimited(call, askedForMs ?? THROTTLED_MS);
  if (status === 401 || status === 403) return vendorUnauthorised(call, status);
  if (status >= 500) return vendorUnavailable(call, status, askedForMs);
  if (status === 408) return vendorUnavailable(call, status);
  if (OUR_FAULT.has(status)) return vendorRejected(call, status);
  // A 404 is about shop and version, never about a customer: nothing may be concluded from it (M10).
  if (status >= 400) return vendorBusy(call, status, askedForMs ?? SHOP_CLOSED_MS);
  return vendorProtocol(call, `status ${status}`);
}

const ThrottleSchema = z.object({
  requestedQueryCost: z.number().optional(),
  throttleStatus: z.object({ currentlyAvailable: z.number(), restoreRate: z.number().positive() }).optional(),
});

/** The envelope of a GraphQL answer. */
const EnvelopeSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(z.object({ extensions: z.object({ code: z.string().optional() }).optional().catch(undefined) }))
    .optional(),
  extensions: z
    .object({ cost: ThrottleSchema.optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
type Envelope = z.infer<typeof EnvelopeSchema>;

/** Codes of a query or of variables that were refused before anything ran; they are refused every time. */
const OUR_MISTAKES: ReadonlySet<string> = new Set([
  'INVALID_VARIABLE',
  'argumentLiteralsIncompatible',
  'argumentNotAccepted',
  'missingRequiredArguments',
  'undefinedField',
  'variableNotUsed',
]);

/** `errors` of an answer with status 200. Their messages may quote input, so only codes are kept (M14). */
function faultOfErrors(call: VendorCall, { data, errors = [], extensions }: Envelope): ConcordError {
  const codes = errors.flatMap((error) => error.extensions?.code ?? []);
  if (codes.includes('THROTTLED')) return vendorRateLimited(call, throttleWaitOf(extensions?.cost));
  // Judged on the requested cost before the query runs: repeating it is in vain.
  if (codes.includes('MAX_COST_EXCEEDED')) return vendorRejected(call, 200, codes);
  if (codes.includes('ACCESS_DENIED')) return vendorUnauthorised(call, 200, codes);
  if (codes.includes('INTERNAL_SERVER_ERROR') || codes.includes('TIMEOUT'))
    return vendorUnavailable(call, 200);
  if (codes.some((code) => OUR_MISTAKES.has(code))) return vendorRejected(call, 200, codes);
  if (codes.includes('SHOP_INACTIVE')) return vendorBusy(call, 200, SHOP_CLOSED_MS);
  const partial = Object.values(data ?? {}).some((value) => value !== null);
  return vendorProtocol(call, partial ? 'partial data beside errors' : 'errors in place of data');
}

/** Time until the leaking bucket holds what the query asked for. */
function throttleWaitOf(cost: z.infer<typeof ThrottleSchema> | undefined): number {
  const { requestedQueryCost, throttleStatus } = cost ?? {};
  if (requestedQueryCost === undefined || throttleStatus === undefined) return THROTTLED_MS;
  const missing = Math.max(0, requestedQueryCost - throttleStatus.currentlyAvailable);
  const waitMs = Math.ceil((missing / throttleStatus.restoreRate) * SECOND_MS);
  return Math.min(Math.max(waitMs, 1), MAX_WAIT_MS);
}

export const UserErrorsSchema = z.array(
  z.object({ field: z.array(z.string()).nullish(), message: z.string(), code: z.string().nullish() }),
);
export type UserErrors = z.infer<typeof UserErrorsSchema>;

/**
 * Customers' user errors carry no code, only an English message; what it means is told from its wording
 * and the message itself goes no further.
 */
const WORDINGS: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/already been taken|must be unique|already (?:exists|assigned|in use)|is taken/i, 'TAKEN'],
  [/does not exist|not found|can't be found/i, 'NOT_FOUND'],
  [/blank|required|must have/i, 'BLANK'],
  [/too long/i, 'TOO_LONG'],
  [/too short/i, 'TOO_SHORT'],
  [/invalid|not a valid|is not valid/i, 'INVALID'],
];

export function codeOf({ code, message }: UserErrors[number]): string {
  if (typeof code === 'string') return code;
  return WORDINGS.find(([pattern]) => pattern.test(message))?.[1] ?? 'REFUSED';
}

/** A mutation that was refused by `userErrors`: names field paths and codes, never messages. */
export function faultOfUserErrors(call: VendorCall, errors: UserErrors): ConcordError {
  return vendorRejected(
    call,
    200,
    errors.flatMap((error) => [codeOf(error), pathOf(error)]),
  );
}

/**
 * Whether a create was refused because the vendor already holds one with the same unique value. A taken
 * phone number is not that: it is no natural key, and a look-up by our keys would find nothing.
 */
export function isTaken(errors: UserErrors): boolean {
  return errors.some((error) => {
    if (codeOf(error) !== 'TAKEN') return false;
    const path = pathOf(error);
    return path === '' || path.includes('email') || path.includes('metafields') || path.includes('customId');
  });
}

/** Whether a deletion was refused because there is no such customer. */
export function isMissing(errors: UserErrors): boolean {
  return errors.length > 0 && errors.every((error) => codeOf(error) === 'NOT_FOUND');
}

function pathOf({ field }: UserErrors[number]): string {
  return (field ?? []).join('.');
}

/** What the SDK could not make sense of: the port's own error, else an answer that is no GraphQL. */
export function faultOfExchange(call: VendorCall, error: unknown): ConcordError {
  return ConcordError.is(error) ? error : vendorProtocol(call, 'the call failed before it was answered');
}

/** @throws ConcordError for everything but an answer with data and without errors. */
export function dataOf(call: VendorCall, response: HttpResponse): Readonly<Record<string, unknown>> {
  if (response.status < 200 || response.status > 299) throw faultOfStatus(call, response);
  const parsed = parseJson(response.body);
  const envelope = EnvelopeSchema.safeParse(parsed.status === 'parsed' ? parsed.value : undefined);
  if (!envelope.success) throw vendorProtocol(call, 'the body is no GraphQL answer');
  if (envelope.data.errors !== undefined && envelope.data.errors.length > 0)
    throw faultOfErrors(call, envelope.data);
  if (envelope.data.data === undefined || envelope.data.data === null) throw misshapen(call);
  return envelope.data.data;
}

/** A success that lacks what its contract promises. */
export function misshapen(call: VendorCall): ConcordError {
  return vendorProtocol(call, 'the body has not the promised fields');
}

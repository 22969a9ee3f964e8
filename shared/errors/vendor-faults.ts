import { ConcordError, ErrorCode, type Effect } from './concord-error.ts';

/** One call to a vendor, as its failures name it. Ids only, never a natural key or a value (M14). */
export interface VendorCall {
  readonly system: string;
  /** What was asked: `read`, `find`, `update`, `create`, `read back`, `prepare`. */
  readonly action: string;
  /** What it was asked of: `customer 501`. */
  readonly subject: string;
  /** Whether the call may change something at the vendor. */
  readonly writes: boolean;
}

/** The vendor failed. A write may have taken effect all the same. */
export function vendorUnavailable(call: VendorCall, status: number, retryAfterMs?: number): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorUnavailable,
    disposition: 'retry',
    effect: effectOf(call),
    message: `${describe(call)} failed at the vendor with status ${status}; it is tried again.`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    context: { ...contextOf(call), status },
  });
}

/** The vendor declined for now, before it did anything: locked, migrating, suspended. */
export function vendorBusy(call: VendorCall, status: number, retryAfterMs: number): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorUnavailable,
    disposition: 'retry',
    message: `${describe(call)} was put off by the vendor with status ${status}; it is tried again later.`,
    retryAfterMs,
    context: { ...contextOf(call), status },
  });
}

/** The vendor's rate limit refused the call, before it did anything. */
export function vendorRateLimited(call: VendorCall, retryAfterMs: number): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorRateLimited,
    disposition: 'retry',
    message: `${describe(call)} met the vendor's rate limit; it is tried again in ${retryAfterMs} ms.`,
    retryAfterMs,
    context: contextOf(call),
  });
}

/** The credentials or their scopes were refused. Somebody has to renew them; the work waits. */
export function vendorUnauthorised(
  call: VendorCall,
  status: number,
  reasons: readonly string[] = [],
): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorUnauthorised,
    disposition: 'park',
    message: `${describe(call)} was not allowed (status ${status}${listOf(reasons)}); it waits until the credentials or their scopes are renewed.`,
    context: { ...contextOf(call), status, reasons: safe(reasons).join(' ') },
  });
}

/**
 * The vendor refused the request itself; repeating it cannot help. `reasons` are the vendor's codes and
 * field names; anything that does not look like one is dropped, for vendors quote values in their texts.
 */
export function vendorRejected(
  call: VendorCall,
  status: number,
  reasons: readonly string[] = [],
): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorRejected,
    disposition: 'terminal',
    message: `${describe(call)} was refused (status ${status}${listOf(reasons)}); nothing was changed and it is not repeated as it is.`,
    context: { ...contextOf(call), status, reasons: safe(reasons).join(' ') },
  });
}

/** The answer is not what the vendor's contract promises. `problem` says what is wrong, without content. */
export function vendorProtocol(
  call: VendorCall,
  problem: string,
  effect: Effect = effectOf(call),
): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorProtocol,
    disposition: 'retry',
    effect,
    message: `${describe(call)} was answered in a form that cannot be used (${problem}); it is looked at again.`,
    context: contextOf(call),
  });
}

function effectOf(call: VendorCall): Effect {
  return call.writes ? 'unknown' : 'none';
}

function describe(call: VendorCall): string {
  return `The ${call.system} call "${call.action}" for ${call.subject}`;
}

function contextOf(call: VendorCall): Readonly<Record<string, string>> {
  return { system: call.system, action: call.action, subject: call.subject };
}

function listOf(reasons: readonly string[]): string {
  const kept = safe(reasons);
  return kept.length === 0 ? '' : `: ${kept.join(', ')}`;
}

const MAX_REASONS = 10;

function safe(reasons: readonly string[]): readonly string[] {
  return [...new Set(reasons)]
    .filter((reason) => /^[A-Za-z][A-Za-z0-9_.]{0,63}$/.test(reason))
    .slice(0, MAX_REASONS);
}

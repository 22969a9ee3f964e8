/** What the runtime does next: try again later, give up, or wait for somebody. */
export type Disposition = 'retry' | 'terminal' | 'park';

/**
 * Whether a failed outside call may have taken effect. `none`: it certainly did not. `unknown`: it may
 * have, now or until the vendor's own time limit has passed (M2).
 */
export type Effect = 'none' | 'unknown';

export const ErrorCode = Object.freeze({
  // Document store
  alreadyExists: 'already_exists',
  notFound: 'not_found',
  conflict: 'conflict',
  contention: 'contention',
  invalidArgument: 'invalid_argument',
  indexRequired: 'index_required',
  unavailable: 'unavailable',
  // Identity
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  // Vendors, through the Http port and the connectors
  vendorUnreachable: 'vendor_unreachable',
  vendorTimeout: 'vendor_timeout',
  vendorUnavailable: 'vendor_unavailable',
  vendorRateLimited: 'vendor_rate_limited',
  vendorRejected: 'vendor_rejected',
  vendorUnauthorised: 'vendor_unauthorised',
  vendorProtocol: 'vendor_protocol',
  // Ours
  invalidConfiguration: 'invalid_configuration',
  newerRelease: 'newer_release',
  internal: 'internal',
});
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export interface ConcordErrorOptions {
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  /** What failed, on which id, what happens next. Never a payload, a field value or a secret (M14). */
  readonly message: string;
  /** @default 'none' */
  readonly effect?: Effect;
  readonly retryAfterMs?: number;
  /** Ids and counts only. */
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: unknown;
}

const MARKER = Symbol.for('concord.error');

/** The only error type that our code throws. */
export class ConcordError extends Error {
  readonly [MARKER] = true;
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly effect: Effect;
  readonly retryAfterMs: number | undefined;
  readonly context: Readonly<Record<string, string | number | boolean>>;

  constructor(options: ConcordErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConcordError';
    this.code = options.code;
    this.disposition = options.disposition;
    this.effect = options.effect ?? 'none';
    this.retryAfterMs = options.retryAfterMs;
    this.context = options.context ?? {};
  }

  /** Recognises errors of this kind, also those of another bundle's copy of this class. */
  static is(error: unknown, code?: ErrorCode): error is ConcordError {
    return (
      typeof error === 'object' &&
      error !== null &&
      MARKER in error &&
      (code === undefined || (error as ConcordError).code === code)
    );
  }
}

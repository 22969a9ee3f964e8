import { ConcordError, ErrorCode } from './concord-error.ts';

/** No connection to a vendor came about: the request was certainly not sent. */
export function vendorUnreachable(host: string, cause?: unknown): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorUnreachable,
    disposition: 'retry',
    message: `No connection to ${host} came about; nothing was sent and the call is tried again.`,
    context: { host },
    cause,
  });
}

/** A vendor gave no complete answer in time. Whether the request takes effect is unknown (M2). */
export function vendorTimeout(host: string, timeoutMs: number): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorTimeout,
    disposition: 'retry',
    effect: 'unknown',
    message: `${host} did not answer within ${timeoutMs} ms; whether the call took effect is found out first.`,
    context: { host, timeoutMs },
  });
}

/** The connection to a vendor broke after the request was begun. Whether it took effect is unknown (M2). */
export function vendorDisconnected(host: string, reason: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorUnavailable,
    disposition: 'retry',
    effect: 'unknown',
    message: `${host} broke the connection (${reason}); whether the call took effect is found out first.`,
    context: { host, reason },
  });
}

/** A vendor's answer cannot be taken in: too large, or encoded in a way that was not asked for. The call may have taken effect. */
export function vendorAnswerRefused(host: string, reason: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.vendorProtocol,
    disposition: 'terminal',
    effect: 'unknown',
    message: `The answer of ${host} was refused: ${reason}.`,
    context: { host, reason },
  });
}

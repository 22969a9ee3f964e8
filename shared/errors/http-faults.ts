import { ConcordError, ErrorCode } from './concord-error.ts';

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

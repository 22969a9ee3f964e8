import { ConcordError, ErrorCode } from './concord-error.ts';

/** A create met a document that is already there. The whole commit was refused. */
export function alreadyExists(path: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.alreadyExists,
    disposition: 'terminal',
    message: `Document ${path} already exists; nothing of the commit was written.`,
    context: { path },
  });
}

/** A write or update needed a document that is not there. The whole commit was refused. */
export function notFound(path: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.notFound,
    disposition: 'terminal',
    message: `Document ${path} does not exist; nothing of the commit was written.`,
    context: { path },
  });
}

/** A version precondition failed. The caller re-reads and decides again. */
export function conflict(path: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.conflict,
    disposition: 'retry',
    message: `Document ${path} changed since it was read; nothing of the commit was written.`,
    context: { path },
  });
}

/** A transaction lost every attempt against concurrent writers. */
export function contention(attempts: number): ConcordError {
  return new ConcordError({
    code: ErrorCode.contention,
    disposition: 'retry',
    message: `The transaction was abandoned after ${attempts} attempts because others kept changing what it read.`,
    context: { attempts },
  });
}

/** The caller asked for something that is never possible. */
export function invalidArgument(message: string): ConcordError {
  return new ConcordError({ code: ErrorCode.invalidArgument, disposition: 'terminal', message });
}

/** A query has no declared index. Declare it beside the collection. */
export function indexRequired(collection: string, fields: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.indexRequired,
    disposition: 'terminal',
    message: `The query on ${collection} needs the index (${fields}); declare it in the collection's definition.`,
    context: { collection, fields },
  });
}

/** The platform cannot be reached right now. */
export function unavailable(what: string, cause?: unknown): ConcordError {
  return new ConcordError({
    code: ErrorCode.unavailable,
    disposition: 'retry',
    message: `${what} cannot be reached; the delivery is tried again.`,
    cause,
  });
}

/** A caller showed no valid identity token. */
export function unauthenticated(reason: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.unauthenticated,
    disposition: 'terminal',
    message: `The caller's identity token was refused: ${reason}.`,
    context: { reason },
  });
}

/** A known caller is not allowed to do this. */
export function forbidden(caller: string, audience: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.forbidden,
    disposition: 'terminal',
    message: `${caller} may not call ${audience}.`,
    context: { caller, audience },
  });
}

/** Configuration is missing or wrong; the process cannot start. */
export function invalidConfiguration(message: string): ConcordError {
  return new ConcordError({ code: ErrorCode.invalidConfiguration, disposition: 'terminal', message });
}

/** A vendor would not create an object because it has one with the same unique value by now. */
export function newerRelease(what: string, release: number, ours: number): ConcordError {
  return new ConcordError({
    code: ErrorCode.newerRelease,
    disposition: 'retry',
    message: `${what} was touched by release ${release}; this executor runs ${ours} and leaves it.`,
  });
}

export function createdMeanwhile(system: string): ConcordError {
  return new ConcordError({
    code: ErrorCode.alreadyExists,
    disposition: 'retry',
    message: `${system} holds an object with the same unique value; it is looked up and matched.`,
    context: { system },
  });
}

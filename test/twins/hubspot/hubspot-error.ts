import { jsonAnswer, type Answer } from '../core/answer.ts';

/** One entry of `errors` in a HubSpot error body. */
export interface ErrorDetail {
  readonly message: string;
  readonly code?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** A refusal inside the twin; `errorAnswer` puts it on the wire. */
export interface HubspotError {
  readonly status: number;
  readonly category: string;
  readonly message: string;
  readonly errors?: readonly ErrorDetail[];
  readonly context?: Readonly<Record<string, readonly string[]>>;
  /** The record that holds the natural key already. Not on the wire as such. */
  readonly existingId?: string;
}

/** Puts a refusal into the vendor's error body. */
export function errorAnswer(
  error: HubspotError,
  correlationId: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const { status, category, message, errors, context } = error;
  return jsonAnswer(
    status,
    {
      status: 'error',
      message,
      correlationId,
      ...(context === undefined ? {} : { context }),
      ...(errors === undefined ? {} : { errors }),
      category,
    },
    { headers },
  );
}

/** A request that HubSpot cannot accept as it is. */
export function invalid(message: string, context?: HubspotError['context']): HubspotError {
  return {
    status: 400,
    category: 'VALIDATION_ERROR',
    message,
    ...(context === undefined ? {} : { context }),
  };
}

/** A record that is not there. */
export function missing(message = 'resource not found'): HubspotError {
  return { status: 404, category: 'OBJECT_NOT_FOUND', message };
}

/** A create or update met another record with the same natural key. Its id stands in the text alone. */
export function keyConflict(label: string, existingId: string): HubspotError {
  return {
    status: 409,
    category: 'CONFLICT',
    message: `${label} already exists. Existing ID: ${existingId}`,
    existingId,
  };
}

/** The same for a batch that is refused as a whole: it does not say which record was met. */
export function unnamedConflict(label: string): HubspotError {
  return { status: 409, category: 'CONFLICT', message: `${label} already exists` };
}

/** Property values that HubSpot refuses, all of them in one answer. */
export function invalidProperties(problems: readonly PropertyProblem[]): HubspotError {
  const listed = problems.map(({ name, code, message }) => ({ isValid: false, message, error: code, name }));
  return {
    ...invalid(`Property values were not valid: ${JSON.stringify(listed)}`),
    errors: problems.map(({ name, code, message }) => ({ message, code, context: { propertyName: [name] } })),
  };
}

export interface PropertyProblem {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

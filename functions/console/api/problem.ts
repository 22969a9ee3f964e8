import { rolesWith, type Capability, type Role } from '#shared/model/capabilities.ts';

/** Every way in which the API refuses, with its status and its short name for people. */
const PROBLEMS = Object.freeze({
  invalid_request: [400, 'The request cannot be read'],
  invalid_cursor: [400, 'The cursor does not belong to this list'],
  unauthenticated: [401, 'Nobody is signed in'],
  forbidden: [403, 'Your role does not allow this'],
  cross_site: [403, 'The request came from another site'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'This address does not do that'],
  conflict: [409, 'The state does not allow this now'],
  call_under_way: [409, 'The same call is under way'],
  expired: [410, 'Expired'],
  precondition_failed: [412, 'It changed since you read it'],
  too_large: [413, 'Too large'],
  unsupported_media_type: [415, 'Send JSON'],
  idempotency_key_reused: [422, 'The idempotency key belongs to another request'],
  awaiting_approval: [423, 'Somebody else has to approve this'],
  precondition_required: [428, 'Say which version you read'],
  internal: [500, 'Something broke on our side'],
  unavailable: [503, 'Not available right now'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>);

/** What a caller tells problems apart by. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Why a request is refused. `detail` is a whole sentence that says what to do. */
export interface Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number;
  /** What is wrong, per member of path, query or body. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What else a caller needs to go on: ids and versions that moved. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What a handler gives back instead of an answer. */
export interface Refusal {
  readonly kind: 'refused';
  readonly problem: Problem;
}

/** Refuses a request. @param beside members that only some problems have. */
export function refuse(
  code: ProblemCode,
  detail: string,
  beside: Omit<Problem, 'code' | 'detail'> = {},
): Refusal {
  return { kind: 'refused', problem: { code, detail, ...beside } };
}

/** There is no such thing, or nothing that this person may see. */
export function notFound(what: string, id: string): Refusal {
  return refuse('not_found', `There is no ${what} ${id}.`);
}

/** The role lacks what the address needs. Says what is missing and who has it. */
export function forbidden(role: Role, capability: Capability): Refusal {
  const allowed = rolesWith(capability);
  return refuse(
    'forbidden',
    `This needs the capability ${capability}, which the role ${role} does not have; ask ${listed(allowed)}.`,
    { more: { capability, role, allowedRoles: allowed } },
  );
}

function listed(roles: readonly Role[]): string {
  return roles.map((role) => `${role === 'viewer' ? 'a' : 'an'} ${role}`).join(' or ');
}

/** The status of a problem. */
export function statusOf({ code }: Problem): number {
  return PROBLEMS[code][0];
}

/** The body of a problem, as RFC 9457 has it. */
export function problemBody(problem: Problem, correlationId: string): string {
  const { code, detail, retryAfter, fields, more } = problem;
  const [status, title] = PROBLEMS[code];
  return JSON.stringify({
    ...more,
    type: 'about:blank',
    title,
    status,
    code,
    detail,
    correlationId,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(fields === undefined ? {} : { fields }),
  });
}

import type { z } from 'zod';
import type { Capability } from '#shared/model/capabilities.ts';
import type { Write } from '#shared/ports/document-store.ts';
import type { Operator } from '#shared/ports/operators.ts';
import type { Task } from '#shared/ports/task-queue.ts';
import type { AuditedAction } from './audited.ts';
import type { ApiContext, ReadCall, WriteCall } from './context.ts';
import { parseBody, parseParams, parseQuery } from './parse.ts';
import type { Refusal } from './problem.ts';

/** What a read found. */
export interface Found {
  readonly kind: 'found';
  readonly body: object;
  /** @default a weak tag of the body */
  readonly etag?: string;
}

/** What a write comes to. Nothing has happened yet: the frame commits it, whole or not at all. */
export interface Decided {
  readonly kind: 'decided';
  /** At most 490; each carries the version it was decided on. */
  readonly writes: readonly Write[];
  /** Enqueued after the commit. Each is also owed by a document with `wakeAt`, in case nobody gets that far. */
  readonly tasks?: readonly (Task | undefined)[];
  /** 202 when the work is still to be done. */
  readonly status: 200 | 201 | 202;
  readonly body: object;
  readonly etag?: string;
  /** Null for what is no act: a preview. */
  readonly audit: AuditedAction | null;
}

/** The parts of a request that a route reads. */
export interface RawCall {
  readonly operator: Operator;
  /** Decoded parts of the path, by the names in the route's pattern. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  readonly body: Uint8Array;
}

/** What only writes have. */
export type RawWriteCall = RawCall & Pick<WriteCall<unknown, unknown>, 'ifMatch' | 'sourceAddress'>;

/** Decides a write whose form is right. Called as often as the commit loses a race, each time on fresh documents. */
export type Decide = (callId: string) => Promise<Decided | Refusal>;

interface RouteCommon {
  /** Below `/api/v1`; `:name` stands for one part. */
  readonly path: `/${string}`;
  /** What a role must have. Checked before anything is read. */
  readonly capability: Capability;
}

/** An address that tells something. */
export interface ReadRoute extends RouteCommon {
  readonly kind: 'read';
  readonly method: 'GET';
  readonly answer: (context: ApiContext, raw: RawCall) => Promise<Found | Refusal>;
}

/** An address that changes something. */
export interface WriteRoute extends RouteCommon {
  readonly kind: 'write';
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whether the caller must say by `If-Match` what it read. */
  readonly needsVersion: boolean;
  /** Checks the form, before anything is read or kept. */
  readonly prepare: (context: ApiContext, raw: RawWriteCall) => Refusal | Decide;
}

export type Route = ReadRoute | WriteRoute;

export interface ReadSpec<Params extends z.ZodType, Query extends z.ZodType> {
  readonly path: `/${string}`;
  readonly capability: Capability;
  readonly params: Params;
  readonly query: Query;
  readonly read: (
    context: ApiContext,
    call: ReadCall<z.output<Params>, z.output<Query>>,
  ) => Promise<Found | Refusal>;
}

export interface WriteSpec<Params extends z.ZodType, Body extends z.ZodType> {
  readonly method: WriteRoute['method'];
  readonly path: `/${string}`;
  readonly capability: Capability;
  readonly params: Params;
  readonly body: Body;
  /** @default false */
  readonly needsVersion?: boolean;
  readonly decide: (
    context: ApiContext,
    call: WriteCall<z.output<Params>, z.output<Body>>,
  ) => Promise<Decided | Refusal>;
}

/** Declares an address that is read. Its handler sees only what its schemas let through. */
export function readRoute<Params extends z.ZodType, Query extends z.ZodType>(
  spec: ReadSpec<Params, Query>,
): ReadRoute {
  const { path, capability } = spec;
  return {
    kind: 'read',
    method: 'GET',
    path,
    capability,
    async answer(context, { operator, ...raw }) {
      const params = parseParams(spec.params, raw.params);
      if (params.kind === 'refused') return params;
      const query = parseQuery(spec.query, raw.query);
      if (query.kind === 'refused') return query;
      return spec.read(context, { operator, params: params.value, query: query.value });
    },
  };
}

/** Declares an address that is written to. */
export function writeRoute<Params extends z.ZodType, Body extends z.ZodType>(
  spec: WriteSpec<Params, Body>,
): WriteRoute {
  const { method, path, capability, needsVersion = false } = spec;
  return {
    kind: 'write',
    method,
    path,
    capability,
    needsVersion,
    prepare(context, { operator, ifMatch, sourceAddress, ...raw }) {
      const params = parseParams(spec.params, raw.params);
      if (params.kind === 'refused') return params;
      const body = parseBody(spec.body, raw.body);
      if (body.kind === 'refused') return body;
      const call = { operator, ifMatch, sourceAddress, params: params.value, body: body.value };
      return (callId) => spec.decide(context, { ...call, callId });
    },
  };
}

import { z } from 'zod';
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contentHash } from '#shared/model/hash.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import type { Query, Snapshot } from '#shared/ports/document-store.ts';
import type { ApiContext } from './context.ts';
import { refuse, type Refusal } from './problem.ts';

/** Rows on a page at most. */
export const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

/** The members that every list takes. */
export const PAGE_QUERY = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${MAX_LIMIT}.`)
    .transform(Number)
    .refine((limit) => limit <= MAX_LIMIT, `must be ${MAX_LIMIT} at most; go on with nextCursor.`)
    .default(DEFAULT_LIMIT),
  cursor: z.string().min(1).max(1_500, 'is too long; use nextCursor of the page before as it is.').optional(),
};

/** One page of a list, as the API gives it. */
export interface Page<Row> {
  readonly items: readonly Row[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
  /** How many there are on all pages: counted with the first page, and from then on what it was. */
  readonly count: { readonly value: number; readonly relation: 'eq' | 'approx' };
  readonly asOf: Instant;
}

export interface PageRequest<T extends object, Row> {
  readonly from: Omit<Query<T>, 'limit' | 'after'>;
  readonly limit: number;
  readonly cursor: string | undefined;
  /** Rows of the documents, in their order. A document that is no row any more may be left out. */
  readonly toRows: (
    snapshots: readonly Snapshot<T>[],
    /** Path of the last document of the page before, null on the first. */
    before: string | null,
  ) => Promise<readonly Row[]> | readonly Row[];
}

/** Says of which list it is, the last row seen, and how many there were. */
const CursorSchema = z.tuple([
  z.string(),
  z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .max(4),
  z.int().min(0),
]);

/**
 * Reads one page behind the last row of the page before. What is added or removed meanwhile shifts nothing: no row
 * is told twice, and none that stayed is passed over.
 */
export async function readPage<T extends object, Row>(
  { ports }: Pick<ApiContext, 'ports'>,
  { from, limit, cursor, toRows }: PageRequest<T, Row>,
): Promise<Page<Row> | Refusal> {
  const list = contentHash([from.from, from.where ?? [], from.orderBy ?? []]);
  const seen = cursor === undefined ? null : decode(cursor);
  if (cursor !== undefined && seen?.[0] !== list) return foreignCursor();
  try {
    const query: Query<T> = { ...from, limit: limit + 1, ...(seen === null ? {} : { after: seen[1] }) };
    const found = await ports.store.query(query);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const value = seen?.[2] ?? (last === undefined ? shown.length : await countOf(ports, from));
    return {
      items: await toRows(shown, seen === null ? null : String(seen[1].at(-1))),
      nextCursor: last === undefined ? null : encode([list, positionOf(last, from.orderBy ?? []), value]),
      count: { value, relation: seen === null ? 'eq' : 'approx' },
      asOf: toInstant(ports.clock.now()),
    };
  } catch (error) {
    // A position that no list of ours has made.
    if (seen !== null && ConcordError.is(error, ErrorCode.invalidArgument)) return foreignCursor();
    throw error;
  }
}

function countOf<T extends object>(
  ports: ApiContext['ports'],
  { from, where = [] }: Omit<Query<T>, 'limit' | 'after'>,
): Promise<number> {
  return ports.store.count({ from, where });
}

function positionOf<T extends object>(
  { ref, value }: Snapshot<T>,
  orderBy: NonNullable<Query<T>['orderBy']>,
): (string | number)[] {
  const values = orderBy.map(([field]) => (value as Readonly<Record<string, string | number>>)[field] ?? '');
  return [...values, ref.path];
}

function foreignCursor(): Refusal {
  return refuse(
    'invalid_cursor',
    'This cursor was made for another list or other filters; leave it out to begin again.',
  );
}

function encode(cursor: z.infer<typeof CursorSchema>): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function decode(text: string): z.infer<typeof CursorSchema> | null {
  try {
    return CursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}

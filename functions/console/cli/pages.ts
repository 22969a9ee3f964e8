import { z } from 'zod';
import type { Answer, ConsoleApi, Query } from './console-api.ts';
import type { OptionSpec, OptionTable } from './command.ts';
import { misused, type Misused, type Refused } from './outcome.ts';

/** What every list of the API gives, with rows of one form. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    items: z.array(row),
    nextCursor: z.string().nullable(),
    count: z.object({ value: z.number(), relation: z.enum(['eq', 'approx']) }),
    asOf: z.string(),
  });
}

/** The options of commands that show lists. */
export const LIST_OPTIONS = {
  limit: { type: 'string', value: 'NUMBER', about: 'shows so many at most' },
  cursor: { type: 'string', value: 'CURSOR', about: 'goes on where another page ended' },
} as const satisfies OptionTable & Readonly<Record<'limit' | 'cursor', OptionSpec>>;

/** Rows on a page of the API at most. */
const PAGE_SIZE = 200;

/** What stands below the rows when there are more. */
export function moreLines(
  { nextCursor, count }: { readonly nextCursor: string | null; readonly count: { readonly value: number } },
  shown: number,
): readonly string[] {
  return nextCursor === null
    ? []
    : ['', `Shown ${shown} of ${count.value}. The next ones: --cursor ${nextCursor}`];
}

/**
 * Reads rows page by page until there are no more, or as many as are wanted.
 *
 * @param most more than this many are not asked for.
 */
export async function readRows<Row extends z.ZodType>(
  api: ConsoleApi,
  path: string,
  row: Row,
  { query = {}, most }: { readonly query?: Query; readonly most: number },
): Promise<{ readonly kind: 'rows'; readonly rows: z.output<Row>[]; readonly total: number } | Refused> {
  const schema = pageOf(row);
  const rows: z.output<Row>[] = [];
  let cursor: string | undefined;
  for (;;) {
    const limit = String(Math.min(PAGE_SIZE, most - rows.length));
    const page: Answer<z.output<typeof schema>> | Refused = await api.read(path, schema, {
      ...query,
      limit,
      cursor,
    });
    if (page.kind === 'refused') return page;
    rows.push(...page.body.items);
    const { nextCursor, count } = page.body;
    if (nextCursor === null || rows.length >= most)
      return { kind: 'rows', rows, total: Math.max(count.value, rows.length) };
    cursor = nextCursor;
  }
}

/** A whole number that was given as an option. */
export function wholeNumber(option: string, text: string | undefined, fallback: number): number | Misused {
  if (text === undefined) return fallback;
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : misused(`--${option} must be a whole number above 0.`);
}

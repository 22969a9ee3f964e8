import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SortDirection, type StoredValue, defineCollection } from '#shared/model/document.ts';
import { type Database, openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { type Comparison, type DocumentStore, type Query, set } from '#shared/ports/document-store.ts';
import { createManualClock } from '#test/support/manual-clock.ts';

type Fields = Readonly<Record<string, StoredValue>>;
type Row = readonly [path: string, fields: Fields];
type Asked = Required<Pick<Query<Fields>, 'where' | 'orderBy' | 'limit'>> & Pick<Query<Fields>, 'after'>;

const directions = ['asc', 'desc'] as const;
const things = defineCollection<Fields>({
  name: 'things',
  indexes: [
    ...directions.map((direction) => ({
      fields: [
        ['x', 'asc'],
        ['y', direction],
      ] as const,
    })),
    ...directions.map((direction) => ({
      fields: [
        ['y', 'asc'],
        ['x', direction],
      ] as const,
    })),
  ],
  unindexed: [],
  ttlField: null,
  erasure: 'holds_none',
});

const value: fc.Arbitrary<StoredValue> = fc.oneof(
  fc.constantFrom<StoredValue[]>(
    null,
    true,
    false,
    0,
    1,
    2,
    -1.5,
    1e20,
    '',
    'a',
    'b',
    '\uFF5E',
    '😀',
    new Date(0),
    new Date(1),
  ),
  fc.integer(),
  fc.double({ noNaN: true, min: -1e300, max: 1e300 }).map((number) => (number === 0 ? 0 : number)),
  fc.string({ unit: 'binary' }),
  fc.date({
    noInvalidDate: true,
    min: new Date('0001-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
  }),
);
const fields = fc.record({ x: value, y: value }, { requiredKeys: [] });
const id = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '-', '0', 'é', '😀') });
const documents = fc.uniqueArray(fc.tuple(id, fields), { selector: ([key]) => key, maxLength: 25 });

const filter = fc.tuple(
  fc.constantFrom('x', 'y'),
  fc.constantFrom<Comparison[]>('==', '<', '<=', '>', '>=', 'in'),
  value,
);
const order = fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom(...directions));
const asked: fc.Arbitrary<Asked> = fc
  .record({
    where: fc.array(filter, { maxLength: 2 }),
    orderBy: fc.uniqueArray(order, { selector: ([field]) => field, maxLength: 2 }),
    limit: fc.integer({ min: 1, max: 30 }),
    after: fc.option(fc.tuple(value, value, id), { nil: undefined }),
    hasPath: fc.boolean(),
  })
  .map(({ where, orderBy, limit, after, hasPath }) => {
    const cursor = after?.slice(0, orderBy.length) ?? [];
    const path = hasPath || orderBy.length === 0 ? [`things/${after?.[2] ?? ''}`] : [];
    return {
      where: where.map(
        ([field, comparison, operand]) =>
          [field, comparison, comparison === 'in' ? [operand, 1] : operand] as const,
      ),
      orderBy,
      limit,
      ...(after === undefined ? {} : { after: [...cursor, ...path] }),
    };
  });

/** The order of Firestore's types, then of values of one type. */
function compare(a: StoredValue | undefined, b: StoredValue | undefined): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Math.sign(Number(a) - Number(b));
}

function rankOf(operand: StoredValue | undefined): number {
  if (operand === undefined) return -1;
  if (operand === null) return 0;
  return operand instanceof Date
    ? 3
    : { boolean: 1, number: 2, string: 4, object: 5 }[
        typeof operand as 'boolean' | 'number' | 'string' | 'object'
      ];
}

function matches(row: Fields, [field, comparison, operand]: Asked['where'][number]): boolean {
  const held = row[field];
  if (held === undefined) return false;
  if (comparison === 'in')
    return (operand as readonly StoredValue[]).some((choice) => compare(held, choice) === 0);
  const result = compare(held, operand);
  if (comparison === '==') return result === 0;
  if (rankOf(held) !== rankOf(operand)) return false;
  return { '<': result < 0, '<=': result <= 0, '>': result > 0, '>=': result >= 0, 'array-contains': false }[
    comparison
  ];
}

/** What a query finds, told without an index. */
function expected(rows: readonly Row[], { where, orderBy, limit, after }: Asked): readonly string[] {
  const ranged = where.find(([, comparison]) => ['<', '<=', '>', '>='].includes(comparison))?.[0];
  const orders: readonly (readonly [string, SortDirection])[] =
    orderBy.length > 0 || ranged === undefined ? orderBy : [[ranged, 'asc']];
  const last = orders.at(-1)?.[1] ?? 'asc';
  const compareRows = ([pathA, a]: Row, [pathB, b]: Row, parts: number): number => {
    for (const [field, direction] of orders.slice(0, parts)) {
      const result = compare(a[field], b[field]) * (direction === 'asc' ? 1 : -1);
      if (result !== 0) return result;
    }
    return parts > orders.length
      ? Buffer.compare(Buffer.from(pathA), Buffer.from(pathB)) * (last === 'asc' ? 1 : -1)
      : 0;
  };
  const found = rows
    .filter(
      ([, row]) =>
        where.every((one) => matches(row, one)) && orders.every(([field]) => row[field] !== undefined),
    )
    .toSorted((a, b) => compareRows(a, b, orders.length + 1));
  const path = after?.at(-1);
  const cursor: Row = [
    typeof path === 'string' ? path : '',
    Object.fromEntries(orders.map(([field], index) => [field, after?.[index] ?? null])),
  ];
  const beyond =
    after === undefined ? found : found.filter((row) => compareRows(row, cursor, after.length) > 0);
  return beyond.slice(0, limit).map(([path]) => path);
}

describe('queries of the embedded store', () => {
  let database: Database;
  let store: DocumentStore;

  beforeAll(() => {
    database = openDatabase({ file: ':memory:', durability: 'relaxed' });
    store = createLocalDocumentStore({
      database,
      clientId: 'demo',
      collections: [things],
      clock: createManualClock(),
      grouping: 'sync',
    });
  });

  afterAll(() => database.close());

  test('find what a plain scan finds, or are refused', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(documents, fc.array(asked, { minLength: 4, maxLength: 8 }), async (rows, queries) => {
        database.sql.exec('DELETE FROM documents');
        const stored: readonly Row[] = rows.map(([key, row]) => [`things/${key}`, row]);
        await store.commit(stored.map(([path, row]) => set({ path }, row)));
        for (const query of queries) {
          const found = await store.query({ from: things.ref, ...query }).catch((error: unknown) => {
            if (
              (error as { code?: string }).code !== 'invalid_argument' &&
              (error as { code?: string }).code !== 'index_required'
            )
              throw error;
            return undefined;
          });
          if (found === undefined) continue;
          answered += 1;
          expect(found.map(({ ref }) => ref.path)).toEqual(expected(stored, query));
        }
      }),
      { numRuns: 300 },
    );
    expect(answered).toBeGreaterThan(500);
  });

  test('give values back as they were written', async () => {
    const anything = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => !/^__.*__$/s.test(name)),
      fc.oneof(value, fc.array(value), fc.dictionary(fc.constantFrom('x', 'y', 'a b'), value)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (document) => {
        await store.commit([set(things.at('a'), document as Fields)]);

        const read = await store.get(things.at('a'));

        expect(read?.value).toEqual({ ...document });
        const [again] = await store.commit([set(things.at('a'), read?.value ?? {})]);
        expect(again?.version).toBe(read?.version);
      }),
      { numRuns: 300 },
    );
  });
});

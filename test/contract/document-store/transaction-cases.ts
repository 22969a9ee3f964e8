import { expect } from 'vitest';
import { type Transaction, type Write, create, remove, set, update } from '#shared/ports/document-store.ts';
import {
  type Item,
  counters,
  expectRefusal,
  idsOf,
  items,
  putItems,
  storeCase,
  times,
  winners,
} from './surroundings.ts';

const a = items.at('a');
const b = items.at('b');

async function numberOf(transaction: Transaction, id: string): Promise<number> {
  return Number((await transaction.get(items.at(id)))?.value['n'] ?? 0);
}

/** What transactions promise: serialisable, tried again, all or nothing. */
export const transactionCases = [
  storeCase('a transaction gives what its body returns and writes all it buffered', async ({ store }) => {
    await store.commit([set(a, { n: 1 }), set(b, { n: 1 })]);

    const result = await store.transact(async (transaction) => {
      const n = await numberOf(transaction, 'a');
      transaction.write(update(a, { n: n + 1 }), remove(b));
      transaction.write(create(items.at('c'), { n }));
      return `read ${n}`;
    });

    expect(result).toBe('read 1');
    expect((await store.getAll([a, b, items.at('c')])).map((one) => one?.value['n'])).toEqual([
      2,
      undefined,
      1,
    ]);
  }),

  storeCase('a transaction reads the latest commit', async ({ store }) => {
    const read = () => store.transact((transaction) => numberOf(transaction, 'a'));
    await store.commit([set(a, { n: 1 })]);
    expect(await read()).toBe(1);

    await store.commit([set(a, { n: 2 })]);

    expect(await read()).toBe(2);
    expect(
      await store.transact((transaction) => transaction.query({ from: items.ref, limit: 5 })),
    ).toHaveLength(1);
  }),

  storeCase('buffered writes are not there before the end', async ({ store }) => {
    const seen = await store.transact(async (transaction) => {
      transaction.write(set(a, { n: 1 }));
      return store.get(a);
    });

    expect(seen).toBeUndefined();
    expect(await store.get(a)).toBeDefined();
  }),

  storeCase('of many who read, add and write, no sum is lost', async ({ store, width }) => {
    await store.commit([set(a, { n: 0 })]);

    const sums = await Promise.all(
      times(width, () =>
        store.transact(async (transaction) => {
          const n = (await numberOf(transaction, 'a')) + 1;
          transaction.write(set(a, { n }));
          return n;
        }),
      ),
    );

    expect((await store.get(a))?.value).toEqual({ n: width });
    expect(new Set(sums).size).toBe(width);
  }),

  storeCase('of many who find a document missing, one makes it', async ({ store, width }) => {
    const made = await Promise.all(
      times(width, (n) =>
        store.transact(async (transaction) => {
          if ((await transaction.get(a)) !== undefined) return false;
          transaction.write(set(a, { n }));
          return true;
        }),
      ),
    );

    expect(made.filter(Boolean)).toHaveLength(1);
  }),

  storeCase(
    'of many who find nothing by a query, one writes what the others then find',
    async ({ store, width }) => {
      await store.commit([set(items.at('other'), { slot: 'taken' })]);

      const claimed = await Promise.all(
        times(width, (n) =>
          store.transact(async (transaction) => {
            const found = await transaction.query({
              from: items.ref,
              where: [['slot', '==', 'free']],
              limit: 1,
            });
            if (found.length > 0) return false;
            transaction.write(create(items.at(`claim${n}`), { slot: 'free' }));
            return true;
          }),
        ),
      );

      expect(claimed.filter(Boolean)).toHaveLength(1);
      expect(await idsOf(store, { where: [['slot', '==', 'free']] })).toHaveLength(1);
    },
  ),

  storeCase('a document that a query found may not change before the end', async ({ store, width }) => {
    await putItems(store, { a: { budget: 1 } });

    const spent = await Promise.all(
      times(width, (n) =>
        store.transact(async (transaction) => {
          const [found] = await transaction.query({ from: items.ref, where: [['budget', '>', 0]], limit: 1 });
          if (found === undefined) return false;
          transaction.write(update(a, { budget: 0 }), create(counters.at(`spent${n}`), {}));
          return true;
        }),
      ),
    );

    expect(spent.filter(Boolean)).toHaveLength(1);
    expect(await store.count({ from: counters.ref })).toBe(1);
  }),

  storeCase('two who read both documents and write one each do not pass each other', async ({ store }) => {
    for (let round = 0; round < 3; round += 1) {
      await store.commit([set(a, { n: 1 }), set(b, { n: 1 })]);
      const takeOne = (id: string): Promise<void> =>
        store.transact(async (transaction) => {
          const sum = (await numberOf(transaction, 'a')) + (await numberOf(transaction, 'b'));
          if (sum > 1) transaction.write(set(items.at(id), { n: 0 }));
        });

      await Promise.all([takeOne('a'), takeOne('b')]);

      const left = await store.getAll([a, b]);
      expect(left.reduce((sum, one) => sum + Number(one?.value['n']), 0)).toBe(1);
    }
  }),

  storeCase('transactions and plain increments of one document all count', async ({ store, width }) => {
    await store.commit([set(a, { n: 0 })]);

    await Promise.all(
      times(width, (index) =>
        index % 2 === 0
          ? store.commit([update<Item>(a, { n: { transform: 'increment', by: 1 } })])
          : store.transact(async (transaction) => {
              transaction.write(set(a, { n: (await numberOf(transaction, 'a')) + 1 }));
            }),
      ),
    );

    expect((await store.get(a))?.value).toEqual({ n: width });
  }),

  storeCase('a body that only reads sees one moment', async ({ store, width }) => {
    await store.commit([set(a, { n: 0 }), set(b, { n: 0 })]);

    const writing = times(width, (n) => store.commit([set(a, { n }), set(b, { n })]));
    const seen = await Promise.all(
      times(width, () =>
        store.transact(async (transaction) => [
          await numberOf(transaction, 'a'),
          await numberOf(transaction, 'b'),
        ]),
      ),
    );
    await Promise.all(writing);

    expect(seen.filter(([first, second]) => first !== second)).toEqual([]);
  }),

  storeCase('a read after a write is refused, and nothing is written', async ({ store }) => {
    await expectRefusal('invalid_argument', () =>
      store.transact(async (transaction) => {
        transaction.write(set(a, { n: 1 }));
        await transaction.get(b);
      }),
    );
    await expectRefusal('invalid_argument', () =>
      store.transact(async (transaction) => {
        transaction.write(set(a, { n: 1 }));
        await transaction.query({ from: items.ref, limit: 1 });
      }),
    );

    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('a body that fails writes nothing, and its error passes', async ({ store }) => {
    const failing = store.transact(async (transaction) => {
      await transaction.get(a);
      transaction.write(set(a, { n: 1 }));
      throw new RangeError('the body fails');
    });

    await expect(failing).rejects.toThrow(new RangeError('the body fails'));
    expect(await store.get(a)).toBeUndefined();
  }),

  storeCase('a precondition of a buffered write fails the whole transaction', async ({ store }) => {
    const [first] = await store.commit([set(a, { n: 1 })]);
    await store.commit([set(a, { n: 2 })]);
    const write = (...writes: readonly Write[]) =>
      store.transact(async (transaction) => transaction.write(set(b, { n: 1 }), ...writes));

    await expectRefusal('already_exists', () => write(create(a, { n: 3 })));
    await expectRefusal('conflict', () => write(set(a, { n: 3 }, first?.version)));
    await expectRefusal('not_found', () => write(update(items.at('missing'), { n: 3 })));

    expect((await store.get(a))?.value).toEqual({ n: 2 });
    expect(await store.get(b)).toBeUndefined();
  }),

  storeCase('a transaction has the limits of a commit', async ({ store }) => {
    await expectRefusal('invalid_argument', () =>
      store.transact(async (transaction) => transaction.write(set(a, {}), set(a, {}))),
    );
    await expectRefusal('invalid_argument', () =>
      store.transact(async (transaction) => {
        for (let n = 0; n <= 500; n += 1) transaction.write(set(items.at(`v${n}`), {}));
      }),
    );

    expect(await store.count({ from: items.ref })).toBe(0);
  }),

  storeCase('of many who lose, each is told of contention or wins in the end', async ({ store, width }) => {
    await store.commit([set(a, { list: [] })]);

    const won = await winners(
      times(width, (n) =>
        store.transact(async (transaction) => {
          await transaction.get(a);
          transaction.write({
            op: 'update',
            ref: a,
            fields: { list: { transform: 'arrayUnion', elements: [n] } },
          });
          return n;
        }),
      ),
    );

    expect(new Set((await store.get(a))?.value['list'] as readonly number[])).toEqual(new Set(won));
  }),
];

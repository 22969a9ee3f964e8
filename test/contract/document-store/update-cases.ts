import { expect } from 'vitest';
import { type Write, set, update } from '#shared/ports/document-store.ts';
import { expectRefusal, items, storeCase, times } from './surroundings.ts';

const a = items.at('a');

function change(fields: Readonly<Record<string, unknown>>): readonly Write[] {
  return [{ op: 'update', ref: a, fields }];
}

/** What field paths and transforms of an update promise. */
export const updateCases = [
  storeCase('a dotted path changes one member of a map', async ({ store }) => {
    await store.commit([set(a, { map: { x: 1, y: { z: 2 } } })]);

    await store.commit(change({ 'map.y.z': 3, 'map.new': 4 }));

    expect((await store.get(a))?.value).toEqual({ map: { x: 1, y: { z: 3 }, new: 4 } });
  }),

  storeCase('a name in backticks is one name, whatever it holds', async ({ store }) => {
    await store.commit([set(a, { map: { 'x.y': 1 } })]);

    await store.commit(change({ 'map.`x.y`': 2, '`a key`': 3, '`back\\`tick`': 4, '`0`.`1`': 5 }));

    expect((await store.get(a))?.value).toEqual({
      map: { 'x.y': 2 },
      'a key': 3,
      'back`tick': 4,
      0: { 1: 5 },
    });
  }),

  storeCase('a path through what is no map makes one', async ({ store }) => {
    await store.commit([set(a, { scalar: 1, list: [1] })]);

    await store.commit(change({ 'scalar.x': 1, 'list.y': 2, 'nothing.z': 3 }));

    expect((await store.get(a))?.value).toEqual({ scalar: { x: 1 }, list: { y: 2 }, nothing: { z: 3 } });
  }),

  storeCase('a map given as a value replaces the map', async ({ store }) => {
    await store.commit([set(a, { map: { x: 1, y: 2 } })]);

    await store.commit(change({ map: { z: 3 } }));

    expect((await store.get(a))?.value).toEqual({ map: { z: 3 } });
  }),

  storeCase('a field can be taken away, and a missing one stays away', async ({ store }) => {
    await store.commit([set(a, { gone: 1, map: { gone: 1, kept: 2 } })]);

    await store.commit(
      change({
        gone: { transform: 'deleteField' },
        'map.gone': { transform: 'deleteField' },
        'no.where': { transform: 'deleteField' },
      }),
    );

    expect((await store.get(a))?.value).toEqual({ map: { kept: 2 } });
  }),

  storeCase('an increment adds to a number, starts anything else, and tells the sum', async ({ store }) => {
    await store.commit([set(a, { n: 40, text: 'x', map: { n: 1 } })]);
    const by = (amount: number): object => ({ transform: 'increment', by: amount });

    const [result] = await store.commit(change({ n: by(2), text: by(5), fresh: by(-1), 'map.n': by(0.5) }));

    expect((await store.get(a))?.value).toEqual({ n: 42, text: 5, fresh: -1, map: { n: 1.5 } });
    expect(result?.transformed).toEqual({ n: 42, text: 5, fresh: -1, 'map.n': 1.5 });
  }),

  storeCase('of many increments none is lost, and each sees another sum', async ({ store, width }) => {
    await store.commit([set(a, { n: 0 })]);

    const results = await Promise.all(
      times(width, () => store.commit(change({ n: { transform: 'increment', by: 1 } }))),
    );

    expect((await store.get(a))?.value).toEqual({ n: width });
    const sums = results.map(([result]) => result?.transformed['n']);
    expect(new Set(sums)).toEqual(new Set(times(width, (index) => index + 1)));
  }),

  storeCase('an array union adds what is missing, in the order given', async ({ store }) => {
    await store.commit([set(a, { list: [1, { x: 1, y: 2 }], scalar: 1 })]);
    const union = (...elements: readonly unknown[]): object => ({ transform: 'arrayUnion', elements });

    await store.commit(
      change({
        list: union(3, { y: 2, x: 1 }, 1, 2, 3, '1'),
        scalar: union('x'),
        fresh: union(new Date(5), new Date(5)),
      }),
    );

    expect((await store.get(a))?.value).toEqual({
      list: [1, { x: 1, y: 2 }, 3, 2, '1'],
      scalar: ['x'],
      fresh: [new Date(5)],
    });
  }),

  storeCase("the server's time is a time, and is told", async ({ store, now }) => {
    await store.commit([set(a, {})]);

    const before = now();
    const [result] = await store.commit(change({ at: { transform: 'serverTime' } }));

    const at = (await store.get(a))?.value['at'];
    expect(at).toBeInstanceOf(Date);
    expect(result?.transformed).toEqual({ at });
    expect(Math.abs((at as Date).getTime() - before)).toBeLessThan(60_000);
  }),

  storeCase('a union tells nothing, since Firestore does not', async ({ store }) => {
    await store.commit([set(a, {})]);

    const [result] = await store.commit(
      change({ list: { transform: 'arrayUnion', elements: [1] }, gone: { transform: 'deleteField' } }),
    );

    expect(result?.transformed).toEqual({});
  }),

  storeCase('an update with senseless field paths is refused', async ({ store }) => {
    await store.commit([set(a, { n: 1 })]);

    const refused: readonly Readonly<Record<string, unknown>>[] = [
      {},
      { '': 1 },
      { 'x.': 1 },
      { '.x': 1 },
      { 'x..y': 1 },
      { 'two words': 1 },
      { '0': 1 },
      { 'x-y': 1 },
      { '`open': 1 },
      { '``': 1 },
      { __name__: 1 },
      { 'x.__y__': 1 },
      { [`map.${'x'.repeat(1_497)}`]: 1 },
      { map: {}, 'map.x': 1 },
      { n: 1, '`n`': 2 },
    ];
    for (const fields of refused) await expectRefusal('invalid_argument', () => store.commit(change(fields)));

    expect((await store.get(a))?.value).toEqual({ n: 1 });
  }),

  storeCase('an update that makes a document too large is refused', async ({ store }) => {
    const half = 'x'.repeat(600_000);
    await store.commit([set(a, { hidden: half })]);

    await expectRefusal('invalid_argument', () => store.commit([update(a, { more: half })]));

    expect((await store.get(a))?.value).toEqual({ hidden: half });
  }),
];

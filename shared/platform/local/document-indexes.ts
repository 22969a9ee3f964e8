import { indexRequired } from '#shared/errors/faults.ts';
import type { CheckedQuery, QueryOrder } from './document-query.ts';
import { isInequality } from './document-query.ts';
import { type DeclaredIndex, isAutoIndexed } from './document-rules.ts';

interface Needs {
  /** Keys of fields compared for equality, for membership or for an element. */
  readonly equal: ReadonlySet<string>;
  /** What the index must be sorted by behind them. */
  readonly orders: readonly QueryOrder[];
}

/**
 * Refuses a query that Firestore would refuse for want of an index. The emulators do not check this.
 *
 * An index serves when it ends in the query's order, in its directions or all of them reversed, and holds
 * before that nothing but fields compared for equality. Several such indexes may be merged, if together they
 * hold all fields compared for equality. Single fields have automatic indexes, unless exempt, and only for
 * one collection: a query over a collection group needs even those declared.
 *
 * @throws ConcordError index_required naming the fields.
 */
export function checkIndex(query: CheckedQuery): void {
  const needs = needsOf(query);
  const fieldCount = needs.equal.size + needs.orders.length;
  if (fieldCount === 0) return;
  const candidates = [...query.rules.indexes, ...automaticIndexes(query)];
  const covered = candidates.flatMap((index) => coverage(index, needs) ?? []);
  const isServed =
    covered.length > 0 && [...needs.equal].every((key) => covered.some((keys) => keys.has(key)));
  if (!isServed) throw indexRequired(query.rules.name, describeNeeds(query, needs));
}

function needsOf({ filters, orders }: CheckedQuery): Needs {
  const fixed = new Set(filters.filter(({ comparison }) => comparison === '==').map(({ key }) => key));
  const equal = filters.filter(({ comparison }) => !isInequality(comparison)).map(({ key }) => key);
  const sorted = orders.filter(({ key }) => !fixed.has(key));
  const isSorted = (key: string): boolean => sorted.some((order) => order.key === key);
  return {
    equal: new Set(equal.filter((key) => !isSorted(key) || isElementTest(filters, key))),
    orders: sorted,
  };
}

function isElementTest(filters: CheckedQuery['filters'], key: string): boolean {
  return filters.some((filter) => filter.key === key && filter.comparison === 'array-contains');
}

function automaticIndexes(query: CheckedQuery): readonly DeclaredIndex[] {
  const { parent, rules, filters, orders } = query;
  if (parent === undefined) return [];
  return [...filters, ...orders]
    .filter(({ path }) => isAutoIndexed(rules, path))
    .map(({ path, key }) => ({ fields: [{ path, key, direction: 'asc' }] }));
}

/** The fields compared for equality that an index holds, undefined when it does not fit the query. */
function coverage({ fields }: DeclaredIndex, { equal, orders }: Needs): ReadonlySet<string> | undefined {
  const leading = fields.slice(0, fields.length - orders.length);
  const trailing = fields.slice(leading.length);
  if (trailing.length !== orders.length) return undefined;
  const turns = trailing.map(({ key, direction }, position) => {
    const order = orders[position];
    if (order === undefined || order.key !== key) return 'misfit';
    return order.direction === direction ? 'same' : 'reversed';
  });
  if (turns.includes('misfit') || new Set(turns).size > 1) return undefined;
  return leading.every(({ key }) => equal.has(key)) ? new Set(leading.map(({ key }) => key)) : undefined;
}

function describeNeeds({ rules, filters, orders }: CheckedQuery, needs: Needs): string {
  const equal = filters.filter(({ key }) => needs.equal.has(key)).map(({ path }) => `${path.join('.')} asc`);
  const sorted = orders
    .filter(({ key }) => needs.orders.some((order) => order.key === key))
    .map(({ path, direction }) => `${path.join('.')} ${direction}`);
  return [...new Set([...equal, ...sorted])].join(', ') || rules.name;
}

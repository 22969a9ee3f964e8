import type { SortDirection } from '#shared/model/document.ts';
import { type CheckedQuery, type QueryFilter, type QueryOrder, isInequality } from './document-query.ts';
import type { FieldPath } from './field-path.ts';
import { KeyRange } from './key-range.ts';
import { type SortKey, arrayContainsSql, elementKey, sortKey, sortKeySql, typeBounds } from './sort-key.ts';

export interface SqlText {
  readonly text: string;
  readonly parameters: readonly SortKey[];
}

/** An index of SQLite made for one shape of query. */
export interface SqlIndex {
  readonly name: string;
  readonly definition: string;
}

/** A query in SQL. */
export interface QuerySql {
  readonly index: SqlIndex;
  /**
   * To be run one after the other, as of one moment, until the limit is reached. There are several after a
   * cursor: rows tied with it in all fields but the path, then in fewer and fewer. Each is one stretch of
   * the index, so that a page costs the same however far in it lies.
   */
  readonly branches: readonly SqlText[];
}

/** A branch of the result: equal to the cursor in the first orders, past it in the next. */
interface Branch {
  readonly tied: readonly SortKey[];
  readonly past?: SortKey;
  readonly pastPath?: string;
}

/** SQLite plans a statement anew whenever a bare limit is bound, and that costs more than the query itself. */
const LIMIT = 'LIMIT +?';

/** Translates a checked query. */
export function toQuerySql(query: CheckedQuery, clientId: string): QuerySql {
  const index = indexOf(query);
  const head = `SELECT path, version, body FROM documents INDEXED BY ${quoted(index.name)} WHERE `;
  const keys = query.orders.map(
    ({ path, direction }) => `${keySql(path)}${direction === 'desc' ? ' DESC' : ''}`,
  );
  const tail = ` ORDER BY ${[...keys, withDirection(pathSql(query), query.pathDirection)].join(', ')} ${LIMIT}`;
  const branches = branchesOf(query).map((branch) => {
    const { text, parameters } = conditions(query, clientId, branch);
    return { text: head + text + tail, parameters };
  });
  return { index, branches };
}

/** Translates a checked query into one that counts. Its order, limit and cursor do not matter. */
export function toCountSql(
  query: CheckedQuery,
  clientId: string,
): { readonly index: SqlIndex; readonly count: SqlText } {
  const index = indexOf(query);
  const { text, parameters } = conditions(query, clientId, { tied: [] });
  const count = `SELECT count(*) AS total FROM documents INDEXED BY ${quoted(index.name)} WHERE ${text}`;
  return { index, count: { text: count, parameters } };
}

function branchesOf({ cursor }: CheckedQuery): readonly Branch[] {
  if (cursor === undefined) return [{ tied: [] }];
  const keys = cursor.values.map(sortKey);
  const branches: Branch[] = cursor.path === undefined ? [] : [{ tied: keys, pastPath: cursor.path }];
  for (let length = keys.length - 1; length >= 0; length -= 1) {
    const past = keys[length];
    if (past !== undefined) branches.push({ tied: keys.slice(0, length), past });
  }
  return branches;
}

function conditions(query: CheckedQuery, clientId: string, branch: Branch): SqlText {
  const texts = [`name = ${literal(query.rules.name)}`];
  const parameters: SortKey[] = [];
  const add = (text: string, ...values: readonly SortKey[]): void => {
    texts.push(text);
    parameters.push(...values);
  };
  if (query.parent === undefined) add('client = ?', clientId);
  else add('parent = ?', query.parent);
  for (const filter of query.filters) addFilter(filter, add);
  query.orders.forEach((order, position) => addOrder(query, order, position, branch, add));
  if (branch.pastPath !== undefined) addPath(query, branch.pastPath, add);
  return { text: texts.join(' AND '), parameters };
}

type Add = (text: string, ...values: readonly SortKey[]) => void;

function addFilter({ comparison, path, values }: QueryFilter, add: Add): void {
  if (comparison === '==') add(`${keySql(path)} = ?`, ...values.map(sortKey));
  if (comparison === 'in')
    add(`${keySql(path)} IN (${values.map(() => '?').join(', ')})`, ...values.map(sortKey));
  if (comparison === 'array-contains') add(arrayContainsSql(path), ...values.map(elementKey));
}

function addOrder(query: CheckedQuery, order: QueryOrder, position: number, branch: Branch, add: Add): void {
  const key = keySql(order.path);
  const tied = branch.tied[position];
  if (tied !== undefined) add(`${key} = ?`, tied);
  const range = new KeyRange();
  for (const filter of query.filters) if (filter.key === order.key) narrow(range, filter);
  if (branch.past !== undefined && position === branch.tied.length) {
    if (order.direction === 'asc') range.above(branch.past, false);
    else range.below(branch.past, false);
  }
  add(`${key} ${range.lower.isIncluded ? '>=' : '>'} ?`, range.lower.key);
  if (range.upper !== undefined) add(`${key} ${range.upper.isIncluded ? '<=' : '<'} ?`, range.upper.key);
}

function narrow(range: KeyRange, { comparison, values }: QueryFilter): void {
  const [value] = values;
  const bounds = value === undefined || !isInequality(comparison) ? undefined : typeBounds(value);
  if (value === undefined || bounds === undefined) return;
  range.above(bounds.least, true);
  range.below(bounds.end, false);
  if (comparison === '>' || comparison === '>=') range.above(sortKey(value), comparison === '>=');
  else range.below(sortKey(value), comparison === '<=');
}

function addPath(query: CheckedQuery, path: string, add: Add): void {
  const isGroup = query.parent === undefined;
  const operator = query.pathDirection === 'asc' ? '>' : '<';
  add(`${pathSql(query)} ${operator} ?`, isGroup ? path.replaceAll('/', '\u0001') : path);
}

/** Whole paths sort segment by segment, so the separator must come before every other character. */
function pathSql({ parent }: CheckedQuery): string {
  return parent === undefined ? "replace(path, '/', char(1))" : 'path';
}

/** Fields compared for equality first, then the order, then the path: the index that answers without sorting. */
function indexOf(query: CheckedQuery): SqlIndex {
  const { name } = query.rules;
  const equal = new Map<string, FieldPath>();
  for (const { comparison, key, path } of query.filters)
    if (comparison === '==' || comparison === 'in') equal.set(key, path);
  const fixed = [...equal.keys()].toSorted().map((key) => equal.get(key) ?? []);
  const sorted = query.orders.filter(({ key }) => !equal.has(key));
  const isReversed =
    sorted[0]?.direction === 'desc' || (sorted.length === 0 && query.pathDirection === 'desc');
  const columns = [
    query.parent === undefined ? 'client' : 'parent',
    ...fixed.map(keySql),
    ...sorted.map(({ path, direction }) => withDirection(keySql(path), turned(direction, isReversed))),
    withDirection(pathSql(query), turned(query.pathDirection, isReversed)),
  ];
  const labels = [
    query.parent === undefined ? 'group' : 'collection',
    ...fixed.map(label),
    ...sorted.map(({ path, direction }) => `${label(path)} ${turned(direction, isReversed)}`),
    `path ${turned(query.pathDirection, isReversed)}`,
  ];
  const indexName = `documents ${name} (${labels.join(', ')})`;
  const definition =
    `CREATE INDEX IF NOT EXISTS ${quoted(indexName)} ON documents (${columns.join(', ')})` +
    ` WHERE name = ${literal(name)}`;
  return { name: indexName, definition };
}

const MAX_KNOWN_KEYS = 1_000;
const knownKeys = new Map<FieldPath, string>();

/** Field paths come from one cache, so the same path is the same array. */
function keySql(path: FieldPath): string {
  const earlier = knownKeys.get(path);
  if (earlier !== undefined) return earlier;
  const text = sortKeySql(path);
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear();
  knownKeys.set(path, text);
  return text;
}

function turned(direction: SortDirection, isReversed: boolean): SortDirection {
  return (direction === 'asc') === isReversed ? 'desc' : 'asc';
}

function withDirection(sql: string, direction: SortDirection): string {
  return direction === 'desc' ? `${sql} DESC` : sql;
}

function label(path: FieldPath): string {
  return path.map((segment) => (/^\w+$/.test(segment) ? segment : JSON.stringify(segment))).join('.');
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

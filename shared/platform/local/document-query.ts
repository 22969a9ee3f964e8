import { invalidArgument } from '#shared/errors/faults.ts';
import type { SortDirection, StoredValue } from '#shared/model/document.ts';
import type { Comparison, Query } from '#shared/ports/document-store.ts';
import type { Location, PathScope } from './document-path.ts';
import { type CollectionRules, fieldKey } from './document-rules.ts';
import { type FieldPath, parseFieldPath } from './field-path.ts';

export interface QueryField {
  readonly path: FieldPath;
  readonly key: string;
}

export interface QueryFilter extends QueryField {
  readonly comparison: Comparison;
  /** One value, several for `in`. */
  readonly values: readonly StoredValue[];
}

export interface QueryOrder extends QueryField {
  readonly direction: SortDirection;
}

/** Where a paged query goes on. */
export interface QueryCursor {
  readonly values: readonly StoredValue[];
  /** Path in the database, undefined when every document with these values is left behind. */
  readonly path: string | undefined;
}

/** A query that has passed every check but that for its index. */
export interface CheckedQuery {
  readonly rules: CollectionRules;
  /** Path of one collection, or undefined for all collections of the name. */
  readonly parent: string | undefined;
  readonly filters: readonly QueryFilter[];
  /** As asked for, or the field of an inequality. */
  readonly orders: readonly QueryOrder[];
  /** Direction of the path, the last key. */
  readonly pathDirection: SortDirection;
  readonly cursor: QueryCursor | undefined;
  readonly limit: number;
}

const MAX_LIMIT = 1_000;
const MAX_DISJUNCTS = 30;
const MAX_COMPONENTS = 100;
const INEQUALITIES: readonly Comparison[] = ['<', '<=', '>', '>='];
const COMPARISONS: readonly Comparison[] = [...INEQUALITIES, '==', 'in', 'array-contains'];

/**
 * Checks a query against what Firestore allows and completes its order.
 *
 * @throws ConcordError invalid_argument naming what is wrong.
 */
export function checkQuery(
  query: Query<object>,
  scope: PathScope,
  rulesByName: ReadonlyMap<string, CollectionRules>,
): CheckedQuery {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalidArgument(`The limit of a query must lie between 1 and ${MAX_LIMIT}.`);
  }
  const { rules, parent } = checkSource(query.from, scope, rulesByName);
  const filters = (query.where ?? []).map(([field, comparison, value]) =>
    checkFilter(field, comparison, value),
  );
  const asked = (query.orderBy ?? []).map(([field, direction]) => checkOrder(field, direction));
  checkTogether(filters, asked);
  const orders = asked.length > 0 ? asked : impliedOrders(filters);
  const pathDirection = orders.at(-1)?.direction ?? 'asc';
  const cursor = checkCursor(query.after, { asked, orders, parent, rules }, scope);
  return { rules, parent, filters, orders, pathDirection, cursor, limit };
}

/** Whether a filter compares for order. */
export function isInequality(comparison: Comparison): boolean {
  return INEQUALITIES.includes(comparison);
}

function checkSource(
  from: Query<object>['from'],
  scope: PathScope,
  rulesByName: ReadonlyMap<string, CollectionRules>,
): Pick<CheckedQuery, 'rules' | 'parent'> {
  if ('group' in from) {
    const rules = rulesByName.get(from.group);
    if (rules === undefined) throw invalidArgument(`Collection ${from.group} is not declared.`);
    return { rules, parent: undefined };
  }
  const { name, parent } = scope.collection(from.path);
  const rules = rulesByName.get(name);
  if (rules === undefined) throw invalidArgument(`Collection ${name} is not declared.`);
  return { rules, parent };
}

function checkFilter(field: string, comparison: Comparison, value: StoredValue): QueryFilter {
  if (!COMPARISONS.includes(comparison))
    throw invalidArgument(`Comparison '${comparison as string}' is unknown.`);
  const path = parseFieldPath(field);
  const values = comparison === 'in' ? checkChoices(field, value) : [value];
  const isOrdered = value === null || (typeof value === 'object' && !(value instanceof Date));
  if (isInequality(comparison) && isOrdered) {
    throw invalidArgument(`Field '${field}' is compared for order with null, an array or a map.`);
  }
  if (comparison === 'array-contains' && Array.isArray(value)) {
    throw invalidArgument(`Field '${field}' cannot contain an array directly within an array.`);
  }
  return { path, key: fieldKey(path), comparison, values };
}

function checkChoices(field: string, value: StoredValue): readonly StoredValue[] {
  if (!Array.isArray(value)) throw invalidArgument(`The comparison of '${field}' needs an array of values.`);
  const values = value as readonly StoredValue[];
  const isScalar = values.every(
    (choice) => choice !== null && (typeof choice !== 'object' || choice instanceof Date),
  );
  if (values.length < 1 || values.length > MAX_DISJUNCTS || !isScalar) {
    throw invalidArgument(
      `The comparison of '${field}' needs 1 to ${MAX_DISJUNCTS} strings, numbers, booleans or times.`,
    );
  }
  return values;
}

function checkOrder(field: string, direction: SortDirection): QueryOrder {
  if (direction !== 'asc' && direction !== 'desc')
    throw invalidArgument(`Direction of '${field}' is unknown.`);
  const path = parseFieldPath(field);
  return { path, key: fieldKey(path), direction };
}

function checkTogether(filters: readonly QueryFilter[], orders: readonly QueryOrder[]): void {
  const ranged = new Set(filters.filter(({ comparison }) => isInequality(comparison)).map(({ key }) => key));
  if (ranged.size > 1) throw invalidArgument('A query may compare one field for order.');
  const [first] = orders;
  if (ranged.size === 1 && first !== undefined && !ranged.has(first.key)) {
    throw invalidArgument('A query must order first by the field that it compares for order.');
  }
  if (new Set(orders.map(({ key }) => key)).size < orders.length) {
    throw invalidArgument('A query orders by one field twice.');
  }
  if (filters.filter(({ comparison }) => comparison === 'array-contains').length > 1) {
    throw invalidArgument('A query may ask once for an element of an array.');
  }
  const disjuncts = filters.reduce((product, { values }) => product * values.length, 1);
  if (disjuncts > MAX_DISJUNCTS)
    throw invalidArgument(`A query has more than ${MAX_DISJUNCTS} combinations of values.`);
  if (filters.length + orders.length > MAX_COMPONENTS) {
    throw invalidArgument(`A query has more than ${MAX_COMPONENTS} filters and orders.`);
  }
}

function impliedOrders(filters: readonly QueryFilter[]): readonly QueryOrder[] {
  const ranged = filters.find(({ comparison }) => isInequality(comparison));
  return ranged === undefined ? [] : [{ path: ranged.path, key: ranged.key, direction: 'asc' }];
}

interface CursorContext {
  readonly asked: readonly QueryOrder[];
  readonly orders: readonly QueryOrder[];
  readonly parent: string | undefined;
  readonly rules: CollectionRules;
}

function checkCursor(
  after: readonly StoredValue[] | undefined,
  { asked, orders, parent, rules }: CursorContext,
  scope: PathScope,
): QueryCursor | undefined {
  if (after === undefined) return undefined;
  if (asked.length < orders.length) {
    throw invalidArgument('A query that goes on after a row must name the order of its fields.');
  }
  if (after.length === 0 || after.length > asked.length + 1) {
    throw invalidArgument('A cursor needs a value per ordered field, and may have the path as well.');
  }
  if (after.length <= asked.length) return { values: after, path: undefined };
  const path = after.at(-1);
  if (typeof path !== 'string') throw invalidArgument('The path of a cursor must be a text.');
  const location: Location = scope.document(path);
  if (parent === undefined ? location.name !== rules.name : location.parent !== parent) {
    throw invalidArgument(`The cursor's path ${path} lies outside the query.`);
  }
  return { values: after.slice(0, -1), path: location.path };
}

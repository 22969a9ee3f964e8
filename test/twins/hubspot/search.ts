import { z } from 'zod';

import { parseJson } from '../core/json-body.ts';
import { invalid, type HubspotError } from './hubspot-error.ts';
import type { PropertyDefinition } from './object-type.ts';
import { splitList, type HubspotRecord, type IndexedVersion, type RecordStore } from './record-store.ts';

const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;

const FilterSchema = z.strictObject({
  propertyName: z.string(),
  operator: z.enum(OPERATORS),
  value: z.string().optional(),
  highValue: z.string().optional(),
  values: z.array(z.string()).optional(),
});
type Filter = z.infer<typeof FilterSchema>;

const SearchSchema = z.strictObject({
  filterGroups: z.array(z.strictObject({ filters: z.array(FilterSchema) })).default([]),
  query: z.string().optional(),
  sorts: z
    .array(
      z.union([
        z.string(),
        z.strictObject({ propertyName: z.string(), direction: z.enum(['ASCENDING', 'DESCENDING']) }),
      ]),
    )
    .default([]),
  properties: z.array(z.string()).default([]),
  limit: z.number().int().min(1).default(10),
  after: z.union([z.string(), z.number()]).optional(),
});
type Search = z.infer<typeof SearchSchema>;

const MAX_BODY = 3_000;
const MAX_GROUPS = 5;
const MAX_FILTERS = 6;
const MAX_ALL_FILTERS = 18;
const MAX_PAGE = 200;
const MAX_TOTAL = 10_000;

export interface SearchPage {
  readonly total: number;
  /** The record and what the index knows of it, which can be older than the record. */
  readonly hits: readonly { readonly record: HubspotRecord; readonly values: ReadonlyMap<string, string> }[];
  readonly after: string | null;
  readonly properties: readonly string[];
}

/** Searches the state that the index had at `indexedUntil`. */
export function searchRecords(
  store: RecordStore,
  body: string,
  indexedUntil: number,
): SearchPage | HubspotError {
  const search = parseSearch(store, body);
  if ('category' in search) return search;
  const start = Number(search.after ?? 0);
  const hits = matching(store, search, indexedUntil);
  const page = hits.slice(start, start + search.limit);
  const end = start + page.length;
  return {
    total: hits.length,
    hits: page,
    after: end < hits.length ? String(end) : null,
    properties: search.properties,
  };
}

function parseSearch(store: RecordStore, body: string): Search | HubspotError {
  if (body.length > MAX_BODY) return invalid(`The request body may have ${MAX_BODY} characters at most`);
  const parsed = SearchSchema.safeParse(parseJson(body));
  if (!parsed.success) return invalid(`Invalid input JSON: ${parsed.error.issues[0]?.message ?? ''}`);
  const { filterGroups, sorts, limit, after } = parsed.data;
  const filters = filterGroups.flatMap((group) => group.filters);
  if (filterGroups.length > MAX_GROUPS) return invalid(`There may be ${MAX_GROUPS} filter groups at most`);
  if (filterGroups.some((group) => group.filters.length > MAX_FILTERS))
    return invalid(`A group may have ${MAX_FILTERS} filters at most`);
  if (filters.length > MAX_ALL_FILTERS) return invalid(`There may be ${MAX_ALL_FILTERS} filters at most`);
  if (sorts.length > 1) return invalid('There may be one sort at most');
  if (limit > MAX_PAGE) return invalid(`The limit may be ${MAX_PAGE} at most`);
  if (after !== undefined && !/^\d+$/.test(String(after))) return invalid('after must be a whole number');
  if (Number(after ?? 0) + limit > MAX_TOTAL) return invalid(`Paging may reach ${MAX_TOTAL} results at most`);
  const unknown = filters.find((filter) => !store.definitions.has(filter.propertyName));
  if (unknown !== undefined)
    return invalid(`There is no property ${unknown.propertyName}`, { propertyName: [unknown.propertyName] });
  const incomplete = filters.find((filter) => !isComplete(filter));
  if (incomplete !== undefined)
    return invalid(`The filter ${incomplete.operator} on ${incomplete.propertyName} lacks its value`);
  return parsed.data;
}

function isComplete({ operator, value, highValue, values }: Filter): boolean {
  switch (operator) {
    case 'HAS_PROPERTY':
    case 'NOT_HAS_PROPERTY':
      return true;
    case 'IN':
    case 'NOT_IN':
      return values !== undefined && values.length > 0;
    case 'BETWEEN':
      return value !== undefined && highValue !== undefined;
    default:
      return value !== undefined;
  }
}

function matching(store: RecordStore, search: Search, indexedUntil: number): SearchPage['hits'][number][] {
  const hits: SearchPage['hits'][number][] = [];
  const isHit = predicateOf(store, search);
  for (const record of store.all()) {
    const values = seenAt(record.indexed, indexedUntil)?.values ?? null;
    // Archived records are never found, however late the index is.
    if (values === null || record.archivedAt !== null || !isHit(values)) continue;
    hits.push({ record, values });
  }
  return sorted(store, hits, search.sorts[0]);
}

function seenAt(versions: readonly IndexedVersion[], until: number): IndexedVersion | undefined {
  return versions.findLast((version) => version.at <= until);
}

/** Reads the search once: it is asked of every record. */
function predicateOf(store: RecordStore, search: Search): (values: ReadonlyMap<string, string>) => boolean {
  const words = (search.query ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const groups = search.filterGroups.filter((group) => group.filters.length > 0);
  return (values) =>
    holdsWords(values, words) &&
    (groups.length === 0 ||
      groups.some((group) => group.filters.every((filter) => passes(store, filter, values))));
}

function holdsWords(values: ReadonlyMap<string, string>, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = ['email', 'firstname', 'lastname', 'phone', 'company']
    .map((name) => values.get(name) ?? '')
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

function passes(store: RecordStore, filter: Filter, values: ReadonlyMap<string, string>): boolean {
  const definition = store.definitions.get(filter.propertyName) as PropertyDefinition;
  const held = values.get(filter.propertyName);
  const against = (text: string | undefined): number => order(definition, held ?? '', text ?? '');
  // Lists of plain text match lower-cased values only: that is how the vendor indexes them.
  const inList = (): boolean =>
    (filter.values ?? []).includes(
      definition.type === 'enumeration' ? (held ?? '') : (held ?? '').toLowerCase(),
    );
  switch (filter.operator) {
    case 'HAS_PROPERTY':
      return held !== undefined;
    case 'NOT_HAS_PROPERTY':
      return held === undefined;
    case 'EQ':
      return held !== undefined && against(filter.value) === 0;
    case 'NEQ':
      return held === undefined || against(filter.value) !== 0;
    case 'LT':
      return held !== undefined && against(filter.value) < 0;
    case 'LTE':
      return held !== undefined && against(filter.value) <= 0;
    case 'GT':
      return held !== undefined && against(filter.value) > 0;
    case 'GTE':
      return held !== undefined && against(filter.value) >= 0;
    case 'BETWEEN':
      return held !== undefined && against(filter.value) >= 0 && against(filter.highValue) <= 0;
    case 'IN':
      return held !== undefined && inList();
    case 'NOT_IN':
      return held !== undefined && !inList();
    case 'CONTAINS_TOKEN':
      return hasToken(held, filter.value ?? '');
    case 'NOT_CONTAINS_TOKEN':
      return !hasToken(held, filter.value ?? '');
  }
}

function hasToken(held: string | undefined, value: string): boolean {
  const tokens = (held ?? '').toLowerCase().split(/[\s@.,;]+/);
  return splitList(value.toLowerCase()).every((wanted) =>
    wanted.endsWith('*')
      ? tokens.some((token) => token.startsWith(wanted.slice(0, -1)))
      : tokens.includes(wanted),
  );
}

function order(definition: PropertyDefinition, a: string, b: string): number {
  switch (definition.type) {
    case 'number':
      return Number(a) - Number(b);
    case 'date':
    case 'datetime':
      return timeOf(a) - timeOf(b);
    case 'enumeration':
      return a === b ? 0 : a < b ? -1 : 1;
    default: {
      const [left, right] = [a.toLowerCase(), b.toLowerCase()];
      return left === right ? 0 : left < right ? -1 : 1;
    }
  }
}

/** Read once per text: a search looks at every record. */
const knownTimes = new Map<string, number>();
const MAX_KNOWN_TIMES = 200_000;

function timeOf(text: string): number {
  const known = knownTimes.get(text);
  if (known !== undefined) return known;
  const time = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (knownTimes.size >= MAX_KNOWN_TIMES) knownTimes.clear();
  knownTimes.set(text, time);
  return time;
}

/**
 * One sort decides. What is equal in it comes in an order of its own that is that of no property, for HubSpot
 * promises none; without a sort, ids decide.
 */
function sorted(
  store: RecordStore,
  hits: readonly SearchPage['hits'][number][],
  sort: Search['sorts'][number] | undefined,
): SearchPage['hits'][number][] {
  const name = typeof sort === 'string' ? sort.replace(/^-/, '') : sort?.propertyName;
  const isDescending = typeof sort === 'string' ? sort.startsWith('-') : sort?.direction === 'DESCENDING';
  const definition = name === undefined ? undefined : store.definitions.get(name);
  const rows = hits.map((hit) => {
    const id = Number(hit.record.id);
    const tie = sort === undefined ? id : scattered(id);
    return { hit, tie, key: definition === undefined ? '' : sortKeyOf(definition, hit.values) };
  });
  const direction = isDescending ? -1 : 1;
  return rows
    .toSorted((a, b) => (a.key === b.key ? a.tie - b.tie : (a.key < b.key ? -1 : 1) * direction))
    .map(({ hit }) => hit);
}

/** Compared once per record and not once per comparison: lists are long. */
function sortKeyOf(definition: PropertyDefinition, values: ReadonlyMap<string, string>): string | number {
  const held = values.get(definition.name) ?? '';
  switch (definition.type) {
    case 'number':
      return Number(held);
    case 'date':
    case 'datetime':
      return timeOf(held);
    case 'enumeration':
      return held;
    default:
      return held.toLowerCase();
  }
}

function scattered(id: number): number {
  return (id * 2_654_435_761) % 4_294_967_291;
}

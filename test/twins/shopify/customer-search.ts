import { displayNameOf, type IndexedCustomer } from './customer.ts';

/** A customer as the index knows it. */
export interface SearchedCustomer extends IndexedCustomer {
  readonly id: string;
  readonly createdAt: number;
}

type Predicate = (customer: SearchedCustomer) => boolean;

interface Term {
  readonly field: string | null;
  readonly comparator: string;
  readonly value: string;
  readonly isQuoted: boolean;
}

const TOKEN = /\(|\)|-(?=[\w(])|(?:(\w+)\s*:\s*)?(?:(>=|<=|>|<)\s*)?(?:'([^']*)'|"([^"]*)"|([^\s()]+))/g;

/**
 * Reads a query in Shopify's search syntax: terms, `AND`, `OR`, `NOT`, `-`, brackets. A field that does not
 * exist is ignored, so such a term finds everything. `updated_at` matches whole days, whatever time it names.
 */
export function parseCustomerQuery(query: string, now: number): Predicate {
  const tokens = [...query.matchAll(TOKEN)];
  let position = 0;

  function any(): Predicate {
    let left = all();
    while (tokens[position]?.[0] === 'OR') {
      position += 1;
      const [one, other] = [left, all()];
      left = (customer) => one(customer) || other(customer);
    }
    return left;
  }

  function all(): Predicate {
    const parts: Predicate[] = [];
    while (position < tokens.length && tokens[position]?.[0] !== ')' && tokens[position]?.[0] !== 'OR') {
      if (tokens[position]?.[0] === 'AND') position += 1;
      else parts.push(one());
    }
    return (customer) => parts.every((part) => part(customer));
  }

  function one(): Predicate {
    const token = tokens[position];
    position += 1;
    if (token?.[0] === '-' || token?.[0] === 'NOT') {
      const negated = one();
      return (customer) => !negated(customer);
    }
    if (token?.[0] !== '(') return token === undefined ? () => true : predicateOf(termOf(token), now);
    const inner = any();
    position += 1;
    return inner;
  }

  return any();
}

function termOf(token: RegExpExecArray): Term {
  const [, field, comparator, single, double, bare] = token;
  return {
    field: field ?? null,
    comparator: comparator ?? '',
    value: single ?? double ?? bare ?? '',
    isQuoted: single !== undefined || double !== undefined,
  };
}

function predicateOf(term: Term, now: number): Predicate {
  const wanted = term.value.toLowerCase();
  switch (term.field) {
    case null:
      return ({ fields }) =>
        tokensOf([displayNameOf(fields), fields.email, fields.phone].join(' ')).has(wanted) ||
        fields.email === wanted;
    case 'id':
      return idPredicateOf(term);
    case 'email':
      return ({ fields }) => matchesText(fields.email, term);
    case 'phone':
      return ({ fields }) => (term.value === '*' ? fields.phone !== null : fields.phone === term.value);
    case 'first_name':
      return ({ fields }) => matchesText(fields.firstName, term);
    case 'last_name':
      return ({ fields }) => matchesText(fields.lastName, term);
    case 'state':
      return () => wanted === 'disabled';
    case 'tag':
      return ({ fields }) => wanted.split(',').some((tag) => hasTag(fields.tags, tag));
    case 'tag_not':
      return ({ fields }) => !wanted.split(',').some((tag) => hasTag(fields.tags, tag));
    case 'updated_at':
      return ({ updatedAt }) => holds(term.comparator, compareDays(updatedAt, term.value, now));
    case 'customer_date':
      return ({ createdAt }) => holds(term.comparator, compareDays(createdAt, term.value, now));
    default:
      return () => true;
  }
}

function idPredicateOf({ comparator, value }: Term): Predicate {
  if (!/^\d+$/.test(value)) return () => false;
  const wanted = BigInt(value);
  return ({ id }) => holds(comparator, compare(BigInt(id), wanted));
}

function matchesText(held: string | null, term: Term): boolean {
  if (held === null) return false;
  if (term.value === '*') return true;
  if (term.isQuoted) return held.toLowerCase() === term.value.toLowerCase();
  const tokens = tokensOf(held);
  return [...tokensOf(term.value)].every((token) => tokens.has(token));
}

function tokensOf(text: string): ReadonlySet<string> {
  return new Set(
    text
      .toLowerCase()
      .split(/[^\p{L}\p{N}+]+/u)
      .filter((token) => token !== ''),
  );
}

function hasTag(tags: readonly string[], wanted: string): boolean {
  return tags.some((tag) => tag.toLowerCase() === wanted.trim());
}

function compareDays(epochMs: number, value: string, now: number): number {
  const day = value === 'now' ? dayOf(now) : value.slice(0, 10);
  return compare(dayOf(epochMs).slice(0, day.length), day);
}

const DAY_MS = 86_400_000;
/** Written once per day: a search looks at every customer. */
const knownDays = new Map<number, string>();

function dayOf(epochMs: number): string {
  const number = Math.floor(epochMs / DAY_MS);
  const known = knownDays.get(number) ?? new Date(number * DAY_MS).toISOString().slice(0, 10);
  knownDays.set(number, known);
  return known;
}

function compare<Value extends string | bigint>(a: Value, b: Value): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function holds(comparator: string, order: number): boolean {
  switch (comparator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    default:
      return order === 0;
  }
}

import { describe, expect, test } from 'vitest';
import type { Http, HttpRequest } from '#shared/ports/http.ts';
import { typeLine } from '#test/support/terminals.ts';

const EMPTY_TOTALS = {
  examined: 1,
  items: 0,
  blockedItems: 0,
  updates: {},
  creates: {},
  removals: {},
  decisions: {},
  blocked: {},
  overwrites: {},
  matched: {},
  calls: {},
  reversible: 0,
  irreversible: 0,
};
const PLAN = {
  id: 'plan_1',
  kind: 'reconcile',
  state: 'ready',
  scope: { kind: 'ids', count: 1 },
  direction: { default: { kind: 'by_owner' }, overrides: {} },
  createdBy: 'olga',
  expiresAt: '2026-11-20T10:15:00.000Z',
  tier: 0,
  tierReasons: ['nothing_to_do'],
  needsSecondPerson: false,
  approval: null,
  hash: null,
  confirmation: { needsReason: false, confirmText: null },
  allowedActions: [],
  sideEffects: [],
  totals: EMPTY_TOTALS,
};

/** A console that makes every plan, for a client with these entity types. */
function planningConsole(types: readonly string[] = ['customer']) {
  const requests: HttpRequest[] = [];
  const http: Http = {
    async send(request) {
      requests.push(request);
      const page = { items: [], nextCursor: null, count: { value: 0, relation: 'eq' }, asOf: '' };
      const body = request.url.endsWith('/me')
        ? { scope: { entityTypes: types } }
        : request.url.includes('/items')
          ? page
          : PLAN;
      return { status: 200, headers: {}, body: JSON.stringify(body) };
    },
  };
  return { http, requests };
}

async function bodyOf(line: string, types?: readonly string[]): Promise<unknown> {
  const { http, requests } = planningConsole(types);
  const printed = await typeLine({ http }, line);
  expect(printed).toMatchObject({ exitCode: 0 });
  return JSON.parse(requests.find(({ method }) => method === 'POST')?.body ?? '{}');
}

describe('a plan', () => {
  test.each([
    ['named records', '--record rec_1 --record rec_2', { recordIds: ['rec_1', 'rec_2'] }],
    [
      'records by how they stand',
      '--type customer --dimension profile --class hard_conflict --cause both_moved --field phone --system shopify',
      {
        query: {
          type: 'customer',
          dimension: 'profile',
          class: 'hard_conflict',
          cause: 'both_moved',
          path: 'phone',
          systems: ['shopify'],
        },
      },
    ],
    ['a group', '--group abc', { group: 'abc' }],
    ['what was refused', '--refused-of plan_0', { refusedOf: 'plan_0' }],
  ])('is asked for %s', async (_what, options, selection) => {
    expect(await bodyOf(`plan ${options}`)).toMatchObject({ kind: 'reconcile', selection });
  });

  test('that takes a run back names the run and no direction', async () => {
    expect(await bodyOf('plan --undo run_1')).toEqual({ kind: 'undo', selection: { run: 'run_1' } });
  });

  test('to go live is about the one type there is; of several, one is named', async () => {
    expect(await bodyOf('plan --onboarding')).toMatchObject({
      kind: 'onboarding',
      selection: { query: { type: 'customer' } },
    });
    const several = planningConsole(['customer', 'order']);

    const printed = await typeLine(several, 'plan --onboarding');

    expect(printed).toMatchObject({ exitCode: 2 });
    expect(several.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await bodyOf('plan --onboarding --type order', ['customer', 'order'])).toMatchObject({
      selection: { query: { type: 'order' } },
    });
  });

  test.each([
    ['nobody in particular', '', { kind: 'by_owner' }, {}],
    ['one system', '--from shopify', { kind: 'from', system: 'shopify' }, {}],
    [
      'single fields and nothing else',
      '--adopt phone=hubspot',
      { kind: 'none' },
      { phone: { kind: 'from', system: 'hubspot' } },
    ],
    [
      'single fields, and the owner for the rest',
      '--by-owner --lift phone',
      { kind: 'by_owner' },
      { phone: { kind: 'lift' } },
    ],
  ])('takes the word of %s', async (_whose, options, direction, overrides) => {
    expect(await bodyOf(`plan --record rec_1 ${options}`)).toMatchObject({ direction, overrides });
  });

  test('sets a text as it was typed, whatever it looks like', async () => {
    const body = await bodyOf(
      "plan --record rec_1 --set postalCode=01234 --set 'note=a = b' --set flag=true",
    );

    expect(body).toMatchObject({
      overrides: {
        postalCode: { kind: 'value', value: '01234' },
        note: { kind: 'value', value: 'a = b' },
        flag: { kind: 'value', value: 'true' },
      },
    });
  });

  test('sets other values from JSON, and empties a field only when told to', async () => {
    const body = await bodyOf(
      `plan --record rec_1 --set-json 'credit={"amount":"12.30","currency":"EUR"}' --set-json taxExempt=true --clear note --revert phone`,
    );

    expect(body).toMatchObject({
      overrides: {
        credit: { kind: 'value', value: { amount: '12.30', currency: 'EUR' } },
        taxExempt: { kind: 'value', value: true },
        note: { kind: 'value', value: null },
        phone: { kind: 'golden' },
      },
    });
  });

  test('tolerates and holds with who answers for it and why', async () => {
    const body = await bodyOf(
      "plan --record rec_1 --tolerate phone --until 2026-12-01T00:00:00Z --owner olga --hold note --reason 'asked the client'",
    );

    expect(body).toMatchObject({
      overrides: {
        phone: { kind: 'tolerate', until: '2026-12-01T00:00:00Z', owner: 'olga', reason: 'asked the client' },
        note: { kind: 'hold', reason: 'asked the client' },
      },
      reason: 'asked the client',
    });
  });

  test.each([
    ['no records', '', /Say what it is about/],
    ['records in two ways', '--record rec_1 --group abc', /in one way/],
    ['a filter without a type', '--record rec_1 --class missing', /narrow --type/],
    ['a system without a type', '--record rec_1 --system shopify', /narrow --type/],
    ['a direction for what has one', '--undo run_1 --from shopify', /have a direction already/],
    ['a field for what has a direction', '--refused-of plan_1 --adopt a=b', /have a direction already/],
    ['an end without a tolerance', '--record rec_1 --until 2026-12-01T00:00:00Z', /belong to --tolerate/],
    ['two directions', '--record rec_1 --by-owner --from shopify', /not both/],
    ['a field without a system', '--record rec_1 --adopt phone', /--adopt takes FIELD=VALUE/],
    ['a value that is no JSON', '--record rec_1 --set-json a=b', /--set-json takes FIELD=JSON/],
    ['a field that is decided twice', '--record rec_1 --set a=b --revert a', /a is decided more than once/],
    [
      'a tolerance without an end',
      '--record rec_1 --tolerate a --owner olga --reason why',
      /--tolerate needs --until/,
    ],
    ['a hold without a reason', '--record rec_1 --hold a', /--hold needs --reason/],
    ['a number of items that is none', '--record rec_1 --limit many', /--limit must be a whole number/],
  ])('with %s is NOT asked for', async (_what, options, said) => {
    const { http, requests } = planningConsole();

    const printed = await typeLine({ http }, `plan ${options}`);

    expect(printed).toMatchObject({ exitCode: 2, out: [] });
    expect(printed.err.join('\n')).toMatch(said);
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe('the items of a plan', () => {
  const item = (index: number) => ({
    recordId: `rec_${index}`,
    title: `No. ${index}`,
    status: 'pending',
    reason: null,
    runId: null,
    decisions: [],
    operations: [],
    blocked: [],
  });

  /** A console whose plan has so many items, told in pages. */
  function consoleWithItems(count: number) {
    const limits: number[] = [];
    const http: Http = {
      async send({ url }) {
        const { pathname, searchParams } = new URL(url);
        if (!pathname.endsWith('/items')) return { status: 200, headers: {}, body: JSON.stringify(PLAN) };
        const [from, limit] = [Number(searchParams.get('cursor') ?? 0), Number(searchParams.get('limit'))];
        limits.push(limit);
        const items = Array.from({ length: Math.min(limit, count - from) }, (_, index) => item(from + index));
        const nextCursor = from + items.length < count ? String(from + items.length) : null;
        const body = { items, nextCursor, count: { value: count, relation: 'eq' }, asOf: '' };
        return { status: 200, headers: {}, body: JSON.stringify(body) };
      },
    };
    return { http, limits };
  }

  test('are read page by page, as many as are wanted and each once', async () => {
    const { http, limits } = consoleWithItems(1_000);

    const { out } = await typeLine({ http }, 'plan show plan_1 --limit 450');

    const shown = out.flatMap((line) => /rec_\d+/.exec(line)?.[0] ?? []);
    expect(shown).toEqual(Array.from({ length: 450 }, (_, index) => `rec_${index}`));
    expect(limits).toEqual([200, 200, 50]);
    expect(out.join('\n')).toContain('Shown 450 of 1000.');
  });

  test('are all shown when there are no more than that, and nothing says that there are', async () => {
    const { http, limits } = consoleWithItems(20);

    const { out } = await typeLine({ http }, 'plan show plan_1');

    expect(out.filter((line) => line.includes('rec_'))).toHaveLength(20);
    expect(out.join('\n')).not.toContain('Shown');
    expect(limits).toEqual([20]);
  });
});

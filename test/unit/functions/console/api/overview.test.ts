import { beforeEach, describe, expect, test } from 'vitest';
import { ROUTES } from '#functions/console/api/routes.ts';
import { CAPABILITIES_OF } from '#shared/model/capabilities.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { askConsole } from '#test/support/console-client.ts';

let desk: TestConsole;

beforeEach(async () => {
  desk = await aConsole();
});

describe('who asks', () => {
  test.each(['viewer', 'operator', 'admin'] as const)('is told what a %s may do', async (role) => {
    const { body } = await askConsole(desk, 'GET', '/me', { as: `ann:${role}` });

    expect(body).toMatchObject({
      user: { id: 'ann', name: 'Ann', email: 'ann@example.com' },
      role,
      capabilities: CAPABILITIES_OF[role],
      scope: { entityTypes: ['customer'] },
      client: { id: 'demo' },
      serverTime: '2026-03-02T09:10:00.000Z',
    });
  });

  test('in another role a moment later is told so: a role holds for one request', async () => {
    const before = await askConsole(desk, 'GET', '/settings', { as: 'ann:operator' });
    const after = await askConsole(desk, 'GET', '/settings', { as: 'ann:viewer' });

    expect([before.status, after.status]).toEqual([200, 403]);
  });
});

describe('what there is', () => {
  test('is told with the rule of every field, who holds it, and how it is compared', async () => {
    const { body } = await askConsole(desk, 'GET', '/meta');

    const [customer] = body['entityTypes'] as readonly { fields: unknown[]; dimensions: unknown[] }[];
    expect(customer).toMatchObject({
      type: 'customer',
      lifecycleStates: ['active'],
      dimensions: [
        { dimension: 'identity', holdsPresence: true, targetMs: expect.any(Number) },
        { dimension: 'profile', holdsPresence: false },
      ],
    });
    expect(customer?.fields).toContainEqual({
      path: 'firstName',
      label: 'First name',
      dimension: 'profile',
      normaliser: 'text',
      isSensitive: false,
      systems: ['hubspot', 'shopify'],
      rules: [
        {
          lifecycle: 'active',
          rule: 'customer.firstName: owner(hubspot)',
          owners: ['hubspot'],
          apply: 'auto',
        },
      ],
    });
  });

  test('comes with the closed word lists, so that a page invents none', async () => {
    const { body } = await askConsole(desk, 'GET', '/meta');

    expect(body['vocabulary']).toMatchObject({
      verdicts: expect.arrayContaining(['in_sync', 'undetermined', 'hard_conflict']),
      modes: ['observe', 'ask', 'auto'],
      roles: { viewer: expect.not.arrayContaining(['apply_plan']) },
    });
  });

  test('is the same for everybody, and known by its tag', async () => {
    const first = await askConsole(desk, 'GET', '/meta', { as: 'vera:viewer' });
    desk.clock.advance(60_000);
    const second = await askConsole(desk, 'GET', '/meta', {
      headers: { 'if-none-match': first.headers['etag'] },
    });

    expect(second.status).toBe(304);
  });
});

describe('every address that is a list', () => {
  test.each(
    ROUTES.filter(({ path }) => /^\/(records|runs|quarantine|audit)$/.test(path)).map(({ path }) => path),
  )('%s is a page with a count and the time it was read', async (path) => {
    const { body } = await askConsole(desk, 'GET', path);

    expect(body).toEqual({
      items: [],
      nextCursor: null,
      count: { value: 0, relation: 'eq' },
      asOf: '2026-03-02T09:10:00.000Z',
    });
  });
});

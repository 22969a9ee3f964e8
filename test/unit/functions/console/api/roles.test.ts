import { beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '#functions/console/api/routes.ts';
import { CAPABILITIES_OF, Capability, may, ROLES, rolesWith } from '#shared/model/capabilities.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { askConsole } from '#test/support/console-client.ts';

let desk: TestConsole;

beforeAll(async () => {
  desk = await aConsole();
});

/** Every address as every role: what the table says must be what a caller meets. */
const MATRIX = ROUTES.flatMap((route) => ROLES.map((role) => ({ role, route, path: pathOf(route.path) })));

/** Any text will do in the place of an id: the role is looked at before it. */
function pathOf(pattern: string): string {
  return pattern.replaceAll(/:[a-zA-Z]+/g, 'unknown-1');
}

describe('a role', () => {
  const forbidden = MATRIX.filter(({ role, route }) => !may(role, route.capability));
  const allowed = MATRIX.filter(({ role, route }) => may(role, route.capability));

  test.each(forbidden.map(({ role, route, path }) => [role, route.method, path, route] as const))(
    '%s may NOT %s %s, and is told what is missing and who has it',
    async (role, method, path, route) => {
      const answer = await askConsole(desk, method, path, { as: `ann:${role}` });

      expect(answer).toMatchObject({
        status: 403,
        headers: { 'content-type': 'application/problem+json' },
        body: {
          code: 'forbidden',
          capability: route.capability,
          role,
          allowedRoles: rolesWith(route.capability),
        },
      });
      expect(answer.body['detail']).toContain(route.capability);
    },
  );

  test.each(allowed.map(({ role, route, path }) => [role, route.method, path] as const))(
    '%s may %s %s',
    async (role, method, path) => {
      const answer = await askConsole(desk, method, path, { as: `ann:${role}` });

      expect(answer.status).not.toBe(403);
      expect(answer.status).not.toBe(401);
      expect(answer.status).toBeLessThan(500);
    },
  );

  test('has everything that the role before it has', () => {
    const [viewer, operator, admin] = ROLES.map((role) => CAPABILITIES_OF[role]);

    expect(operator).toEqual(expect.arrayContaining([...(viewer ?? [])]));
    expect(admin?.toSorted()).toEqual(Object.values(Capability).toSorted());
    expect(operator).not.toContain(Capability.changeSettings);
    expect(operator).not.toContain(Capability.approvePlan);
  });

  test('of a viewer changes nothing: no address that is written to is open to it', () => {
    const open = ROUTES.filter(({ kind, capability }) => kind === 'write' && may('viewer', capability));

    expect(open).toEqual([]);
  });

  test('decides every pair of address and role, each address once', () => {
    const addresses = ROUTES.map(({ method, path }) => `${method} ${path}`);

    expect(addresses).toEqual([...new Set(addresses)]);
    expect(forbidden.length + allowed.length).toBe(ROUTES.length * ROLES.length);
    expect(forbidden.length).toBeGreaterThan(0);
  });
});

import { describe, expect, test } from 'vitest';
import { createLocalOperators } from '#shared/platform/local/operators.ts';

const HERE = { host: '127.0.0.1:8080' };

describe('whoever sits at this machine', () => {
  test.each(['viewer', 'operator', 'admin'] as const)('is a developer in the role %s', async (role) => {
    const operator = await createLocalOperators({ role }).identify(HERE);

    expect(operator).toMatchObject({ id: 'developer', role });
  });

  test.each(['127.0.0.1:8080', 'localhost:8080', 'localhost', '[::1]:8080'])(
    'may call it %s',
    async (host) => {
      const operator = await createLocalOperators({ role: 'admin' }).identify({ host });

      expect(operator).not.toBeNull();
    },
  );

  test('may play several people, each in a role of their own', async () => {
    const operators = createLocalOperators({ role: 'viewer' });

    const ana = await operators.identify({ ...HERE, 'x-concord-dev-user': 'ana:operator' });
    const ben = await operators.identify({ ...HERE, 'x-concord-dev-user': 'ben:admin' });

    expect(ana).toEqual({ id: 'ana', name: 'Ana', email: 'ana@example.com', role: 'operator' });
    expect(ben).toMatchObject({ id: 'ben', role: 'admin' });
  });
});

describe('nobody is known', () => {
  test('where no role was given', async () => {
    const operators = createLocalOperators({ role: undefined });

    expect(await operators.identify(HERE)).toBeNull();
    expect(await operators.identify({ ...HERE, 'x-concord-dev-user': 'ana:admin' })).toBeNull();
  });

  test.each([
    'concord.example.com',
    'localhost.example.com',
    '127.0.0.1.example.com:8080',
    'localhost:8080@example.com',
    undefined,
  ])('to a request for the host %s, which came through a tunnel or from a strange page', async (host) => {
    expect(await createLocalOperators({ role: 'admin' }).identify({ host })).toBeNull();
  });

  test.each([
    '',
    'ana',
    'ana:owner',
    ':admin',
    'ana:admin:x',
    'Ana:admin',
    'ana admin',
    `${'a'.repeat(40)}:admin`,
  ])('by the name "%s", which is NOT taken for the developer', async (name) => {
    const operators = createLocalOperators({ role: 'admin' });

    expect(await operators.identify({ ...HERE, 'x-concord-dev-user': name })).toBeNull();
  });
});

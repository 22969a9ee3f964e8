import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { EntityType, FieldPath } from '#shared/model/ids.ts';
import { runPolicyCheck } from '#shared/runtime/check-policy.ts';

function demoWithoutRuleFor(path: string): ClientDefinition {
  const entities = demo.entities.map((policy) => ({
    ...policy,
    fields: policy.fields.filter((field) => field.path !== FieldPath(path)),
  }));
  return { ...demo, entities };
}

const loading = (client: ClientDefinition) => async () => client;

describe('the command check-policy', () => {
  test('accepts the demo client, and says what it assumes', async () => {
    const { lines, exitCode } = await runPolicyCheck(['--client', 'demo']);

    expect(exitCode).toBe(0);
    expect(lines[0]).toBe('Client demo: the policy is sound.');
    expect(lines.join('\n')).toContain('shopify makes of a value that is written to email');
  });

  test('accepts every client that there is', async () => {
    const { lines, exitCode } = await runPolicyCheck(['--all']);

    expect({ exitCode, first: lines[0] }).toEqual({
      exitCode: 0,
      first: 'Client demo: the policy is sound.',
    });
  });

  test('refuses a policy with the edits that break it, and ends with 1', async () => {
    const { lines, exitCode } = await runPolicyCheck(
      ['--client', 'demo'],
      loading(demoWithoutRuleFor('note')),
    );

    expect(exitCode).toBe(1);
    expect(lines.slice(0, 8)).toEqual([
      'Client demo: the policy is refused for one reason.',
      '',
      'customer: field_without_policy',
      '  hubspot and shopify map note, and no rule says who may set it. Add a field for it to the policy, or "ignored" with a reason.',
      '    1. A person makes a hubspot contacts with email to "ana@example.com".',
      '    2. A person sets hubspot.contacts.customer_note to "+12025550111".',
      '    Then this does not hold: note has been compared.',
      '',
    ]);
  });

  test('refuses a type that is mapped and has no policy', async () => {
    const { lines } = await runPolicyCheck(['--client', 'demo'], loading({ ...demo, entities: [] }));

    expect(lines).toContain('customer: type_without_policy');
  });

  test('refuses a type that has two policies', async () => {
    const twice = { ...demo, entities: [...demo.entities, ...demo.entities] };

    const { lines } = await runPolicyCheck(['--client', 'demo'], loading(twice));

    expect(lines).toContain('customer: type_declared_twice');
  });

  test('refuses a policy for a type that nothing maps', async () => {
    const entities = demo.entities.map((policy) => ({ ...policy, type: EntityType('company') }));

    const { exitCode } = await runPolicyCheck(['--client', 'demo'], loading({ ...demo, entities }));

    expect(exitCode).toBe(1);
  });

  test.each([
    [[]],
    [['--client']],
    [['--client', '../demo']],
    [['--client', 'demo', '--all']],
    [['--fast']],
    [['demo']],
  ])('is told how to be used by %j, and ends with 2', async (args) => {
    const { lines, exitCode } = await runPolicyCheck(args);

    expect({ exitCode, says: lines[0]?.startsWith('Usage: npm run check-policy') }).toEqual({
      exitCode: 2,
      says: true,
    });
  });

  test('ends with 2 for a client that there is not', async () => {
    const { lines, exitCode } = await runPolicyCheck(['--client', 'nobody']);

    expect(exitCode).toBe(2);
    expect(lines[0]).toContain('There is no client nobody');
  });
});

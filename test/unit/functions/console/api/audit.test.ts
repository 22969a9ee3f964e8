import { beforeEach, describe, expect, test } from 'vitest';
import { audit, type AuditEntry } from '#shared/model/audit.ts';
import { set } from '#shared/ports/document-store.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { minute } from '#test/support/builders/records.ts';
import { askConsole, type Asking } from '#test/support/console-client.ts';

let desk: TestConsole;

/** Five acts, one a minute. */
const ACTS: readonly Partial<AuditEntry>[] = [
  { action: 'change_attributes', targetKind: 'record', targetId: 'rec_1' },
  { action: 'change_settings', targetKind: 'settings', targetId: 'control', actorId: 'ada' },
  { action: 'apply_plan', targetKind: 'plan', targetId: 'pln_1' },
  { action: 'change_attributes', targetKind: 'record', targetId: 'rec_2', actorId: 'ada' },
  { action: 'change_attributes', targetKind: 'record', targetId: 'rec_1' },
];

beforeEach(async () => {
  desk = await aConsole();
  await desk.store.commit(
    ACTS.map((act, index) =>
      set(audit.at(`aud_${index}`), {
        at: minute(index),
        actorId: 'olga',
        actorName: 'Olga',
        role: 'operator',
        capability: 'write_attributes',
        action: 'change_attributes',
        targetKind: 'record',
        targetId: 'rec_1',
        planId: null,
        runId: null,
        reason: null,
        before: { tier: 'silver' },
        after: { tier: 'gold' },
        result: 'done',
        sourceAddress: '192.0.2.7',
        ...act,
      } satisfies AuditEntry),
    ),
  );
});

async function idsOf(query: string, asking: Asking = {}): Promise<readonly string[]> {
  const { body } = await askConsole(desk, 'GET', `/audit${query}`, asking);
  return (body['items'] as readonly { id: string }[]).map(({ id }) => id);
}

describe('the audit', () => {
  test.each([
    ['everything, latest first', '', [4, 3, 2, 1, 0]],
    ['what one person did', '?actor=ada', [3, 1]],
    ['one kind of act', '?action=change_attributes', [4, 3, 0]],
    ['what was done to one thing', '?target=rec_1', [4, 0]],
    ['what was done to a kind of thing', '?targetKind=record', [4, 3, 0]],
    ['several of these together', '?actor=olga&action=change_attributes&targetKind=record', [4, 0]],
    ['a span of time', `?from=${minute(1)}&to=${minute(3)}`, [3, 2, 1]],
    ['what a person did in a span of time', `?actor=ada&from=${minute(2)}`, [3]],
  ])('tells %s', async (_what, query, expected) => {
    expect(await idsOf(query)).toEqual(expected.map((index) => `aud_${index}`));
  });

  test('is read page by page', async () => {
    const first = await askConsole(desk, 'GET', '/audit?limit=2&action=change_attributes');
    const rest = await idsOf(`?limit=2&action=change_attributes&cursor=${String(first.body['nextCursor'])}`);

    expect(first.body['count']).toEqual({ value: 3, relation: 'eq' });
    expect(rest).toEqual(['aud_0']);
  });

  test('shows a viewer what was done to records, without values and addresses', async () => {
    const { body } = await askConsole(desk, 'GET', '/audit', { as: 'vera:viewer' });

    expect(await idsOf('', { as: 'vera:viewer' })).toEqual(['aud_4', 'aud_3', 'aud_0']);
    expect(await idsOf('?targetKind=settings', { as: 'vera:viewer' })).toEqual([]);
    expect(JSON.stringify(body)).not.toMatch(/192\.0\.2\.7|gold|silver/);
  });

  test.each([
    '?from=yesterday',
    `?from=${minute(3)}&to=${minute(1)}`,
    '?action=dance',
    '?targetKind=moon',
    '?who=ada',
  ])('does NOT take the question %s', async (query) => {
    expect(await askConsole(desk, 'GET', `/audit${query}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });
});

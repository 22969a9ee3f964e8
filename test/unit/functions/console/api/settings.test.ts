import { beforeEach, describe, expect, test } from 'vitest';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { askConsole, type Asking } from '#test/support/console-client.ts';

let desk: TestConsole;

beforeEach(async () => {
  desk = await aConsole();
});

async function change(body: object, asking: Asking = {}) {
  const read = await askConsole(desk, 'GET', '/settings');
  const headers = { 'if-match': read.headers['etag'], ...asking.headers };
  return askConsole(desk, 'PATCH', '/settings', { as: 'ada:admin', ...asking, headers, body });
}

describe('the settings', () => {
  test('begin with what the client says', async () => {
    const answer = await askConsole(desk, 'GET', '/settings');

    expect(answer).toMatchObject({
      status: 200,
      body: { modes: { client: { mode: 'auto', since: null }, systems: {}, dimensions: {} }, pauses: {} },
    });
  });

  test('hold a mode since it was switched, and an unchanged one since before', async () => {
    const first = await change({ reason: 'go live later', modes: { client: 'observe' } });
    desk.clock.advance(60_000);
    const second = await change({
      reason: 'let people decide about profiles',
      modes: { client: 'observe', dimensions: { 'customer.profile': 'ask' } },
    });

    const { client } = first.body['modes'] as { client: unknown };
    expect(client).toMatchObject({ mode: 'observe', since: expect.any(String) });
    expect(second.body['modes']).toMatchObject({
      client,
      dimensions: { 'customer.profile': { mode: 'ask', since: expect.any(String) } },
    });
    expect(JSON.stringify(second.body)).not.toBe(JSON.stringify(first.body));
  });

  test('pause a system with who, why and until, and resume it', async () => {
    const until = new Date(desk.clock.now() + 3_600_000).toISOString();

    const paused = await change({ reason: 'the shop migrates', pauses: { shopify: { until } } });
    const resumed = await change({ reason: 'migration is over', pauses: { shopify: null } });

    expect(paused.body['pauses']).toEqual({
      shopify: expect.objectContaining({ by: 'ada', reason: 'the shop migrates', until, isOver: false }),
    });
    expect(resumed.body['pauses']).toEqual({});
  });

  test('say of a pause whose time has come that it is over', async () => {
    const until = new Date(desk.clock.now() + 60_000).toISOString();
    await change({ reason: 'a short break', pauses: { shopify: { until } } });

    desk.clock.advance(120_000);

    const { body } = await askConsole(desk, 'GET', '/settings');
    expect(body['pauses']).toMatchObject({ shopify: { isOver: true } });
  });

  test('leave a trace with who, why, before and after, in the same commit', async () => {
    await change({ reason: 'go live later', modes: { client: 'observe' } });

    const { body } = await askConsole(desk, 'GET', '/audit?action=change_settings');
    expect(body['items']).toEqual([
      expect.objectContaining({
        actorId: 'ada',
        role: 'admin',
        capability: 'change_settings',
        targetKind: 'settings',
        reason: 'go live later',
        before: expect.objectContaining({
          modes: expect.objectContaining({ client: { mode: 'auto', since: null } }),
        }),
        after: expect.objectContaining({ pauses: {} }),
        sourceAddress: '127.0.0.1',
      }),
    ]);
  });

  test.each([
    ['no reason', { modes: { client: 'ask' } }, 'reason'],
    ['a mode that does not exist', { reason: 'try it', modes: { client: 'turbo' } }, 'modes.client'],
    [
      'a system that is not connected',
      { reason: 'try it', pauses: { netsuite: { until: null } } },
      'netsuite',
    ],
    [
      'a dimension that does not exist',
      { reason: 'try it', modes: { dimensions: { 'customer.x': 'ask' } } },
      'customer.x',
    ],
    [
      'an end in the past',
      { reason: 'try it', pauses: { shopify: { until: '2020-01-01T00:00:00Z' } } },
      'shopify',
    ],
    [
      'an end without a zone',
      { reason: 'try it', pauses: { shopify: { until: '2030-01-01' } } },
      'pauses.shopify.until',
    ],
    ['nothing to change', { reason: 'try it' }, '(whole)'],
    ['a member that nobody knows', { reason: 'try it', mode: 'ask' }, '(whole)'],
  ])('do NOT take %s, and stay as they are', async (_what, body, field) => {
    const answer = await change(body);

    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: { [field]: expect.any(String) } },
    });
    expect((await askConsole(desk, 'GET', '/audit')).body['items']).toEqual([]);
  });

  test('are NOT changed by somebody who read an older state', async () => {
    const { headers } = await askConsole(desk, 'GET', '/settings');
    await change({ reason: 'go live later', modes: { client: 'observe' } });

    const late = await change(
      { reason: 'go live now', modes: { client: 'auto' } },
      { headers: { 'if-match': headers['etag'] } },
    );
    const blind = await change(
      { reason: 'go live now', modes: { client: 'auto' } },
      { headers: { 'if-match': undefined } },
    );

    expect(late).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(blind).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    const { body } = await askConsole(desk, 'GET', '/settings');
    expect(body['modes']).toMatchObject({ client: { mode: 'observe' } });
  });
});

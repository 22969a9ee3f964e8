import { describe, expect, test } from 'vitest';
import { COMMANDS } from '#functions/console/cli/commands.ts';
import { vendorTimeout, vendorUnreachable } from '#shared/errors/http-faults.ts';
import type { Http, HttpRequest, HttpResponse } from '#shared/ports/http.ts';
import { typeLine } from '#test/support/terminals.ts';

/** A console that gives these answers one after the other, and the requests that it got. */
function scripted(...answers: readonly (Partial<HttpResponse> | Error)[]) {
  const requests: HttpRequest[] = [];
  const http: Http = {
    async send(request) {
      const answer = answers[requests.length] ?? answers.at(-1);
      requests.push(request);
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: '{}', ...answer };
    },
  };
  return { http, requests };
}

function problem(status: number, more: object): Partial<HttpResponse> {
  return { status, body: JSON.stringify({ title: 'No', code: 'no', detail: 'Not so.', status, ...more }) };
}

const SETTINGS = JSON.stringify({
  modes: { client: { mode: 'auto', since: null }, systems: {}, dimensions: {} },
  pauses: {},
});
const NOBODY = scripted();

describe('a line', () => {
  test.each([
    ['nothing', '', 0],
    ['--help', '--help', 0],
    ['help', 'help', 0],
    ['help for a command', 'help records find', 0],
    ['--help of a command', 'pause --help', 0],
  ])('with %s explains itself and asks nobody', async (_what, line, exitCode) => {
    const { http, requests } = scripted();

    const printed = await typeLine({ http }, line);

    expect(printed).toMatchObject({ exitCode, err: [] });
    expect(printed.out.join('\n')).toMatch(/^Usage: concord/);
    expect(requests).toEqual([]);
  });

  test('asked for help lists every command, and each of them has its own', async () => {
    const overview = await typeLine(NOBODY, '--help');

    for (const { name, about } of COMMANDS) {
      expect(overview.out.join('\n')).toContain(about);
      const help = await typeLine(NOBODY, `${name} --help`);
      expect(help.out[0]).toContain(`concord ${name}`);
      expect(help.out.join('\n')).toContain('--json');
    }
  });

  test.each([
    ['a command that does not exist', 'paws shopify', /no command paws shopify; there are status/],
    ['an option that does not exist', 'pause shopify --reson x', /'--reson'.* See concord pause --help/],
    ['an option without its value', 'pause shopify --reason', /--reason/],
    ['an option that is given twice', 'pause shopify --reason a --reason b', /more than once/],
    ['too few words', 'pause --reason x', /concord pause SYSTEM/],
    ['too many words', 'pause shopify hubspot --reason x', /concord pause SYSTEM/],
    ['an address that is none', 'status --url localhost:8080', /--url must be/],
    ['no reason for what is audited', 'pause shopify', /--reason; it stands in the audit/],
    [
      'two things at once that exclude each other',
      'mode ask --reason test --system hubspot --dimension a.b',
      /--system or --dimension/,
    ],
  ])('with %s ends with 2, says how to put it right, and asks nobody', async (_what, line, said) => {
    const { http, requests } = scripted();

    const printed = await typeLine({ http }, line);

    expect(printed).toMatchObject({ exitCode: 2, out: [] });
    expect(printed.err.join('\n')).toMatch(said);
    expect(requests).toEqual([]);
  });
});

describe('a call of the console', () => {
  test('names a key and the state it read, and says who asks only when told to', async () => {
    const { http, requests } = scripted({ headers: { etag: '"1"' }, body: SETTINGS });

    await typeLine({ http }, "mode ask --reason 'go slow' --as ada:admin --url https://desk.example.com/");

    expect(requests[1]).toMatchObject({
      method: 'PATCH',
      url: 'https://desk.example.com/console/api/v1/settings',
      headers: {
        'if-match': '"1"',
        'content-type': 'application/json',
        'idempotency-key': expect.stringMatching(/^[A-Za-z0-9_-]{8,128}$/),
        'x-concord-dev-user': 'ada:admin',
      },
      body: JSON.stringify({ reason: 'go slow', modes: { client: 'ask' } }),
    });
    const quiet = scripted({ body: SETTINGS });
    await typeLine(quiet, 'mode');
    expect(Object.keys(quiet.requests[0]?.headers ?? {})).not.toContain('x-concord-dev-user');
  });

  test.each([
    ['gets no answer in time', vendorTimeout('127.0.0.1:8080', 30_000)],
    ['reaches nobody', vendorUnreachable('127.0.0.1:8080')],
    ['is put off', problem(503, { code: 'unavailable', retryAfter: 2 })],
    ['is under way already', problem(409, { code: 'call_under_way', retryAfter: 1 })],
  ])('that %s is made again with the same key', async (_what, first) => {
    const { http, requests } = scripted({ body: SETTINGS }, first, { body: SETTINGS });

    const printed = await typeLine({ http }, 'mode ask --reason slow');

    expect(printed.exitCode).toBe(0);
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([undefined, keys[1], keys[1]]);
  });

  test('waits as long as the console says before it is made again', async () => {
    const waits: number[] = [];
    const { http } = scripted(problem(503, { code: 'unavailable', retryAfter: 2 }), { body: SETTINGS });

    await typeLine({ http, wait: async (ms) => void waits.push(ms) }, 'mode');

    expect(waits).toEqual([2_000]);
  });

  test('that was refused is NOT made again', async () => {
    const { http, requests } = scripted({ body: SETTINGS }, problem(412, { code: 'precondition_failed' }));

    const printed = await typeLine({ http }, 'mode ask --reason slow');

    expect(printed).toEqual({ exitCode: 1, out: [], err: ['No (precondition_failed): Not so.'] });
    expect(requests).toHaveLength(2);
  });

  test('that nobody ever answers ends with 1 and says how to find the console', async () => {
    const { http, requests } = scripted(vendorUnreachable('127.0.0.1:8080'));

    const printed = await typeLine({ http }, 'status');

    expect(printed).toMatchObject({ exitCode: 1, out: [] });
    expect(printed.err.join('\n')).toMatch(
      /127\.0\.0\.1:8080 cannot be reached.*npm start.*CONCORD_CONSOLE_URL/,
    );
    expect(requests).toHaveLength(4);
  });

  test('whose answer never comes ends with 1 and says that the change may have been made', async () => {
    const silent = vendorTimeout('127.0.0.1:8080', 30_000);
    const { http } = scripted({ body: SETTINGS }, silent, silent, silent, silent);

    const printed = await typeLine({ http }, 'mode ask --reason slow');

    expect(printed).toMatchObject({ exitCode: 1, out: [] });
    expect(printed.err.join('\n')).toMatch(/may have been made all the same: look before you repeat it/);
  });

  test.each([
    ['a page of something else', { status: 404, body: '<h1>Nothing here</h1>' }, /is no console/],
    ['a way to somewhere else', { status: 302, body: SETTINGS }, /is no console/],
    ['a sign-in page', { status: 200, body: '<form>' }, /is no console/],
    ['a form of another release', { body: '{"modes":{}}' }, /another|form that is not known.*modes\.client/],
  ])('that gets %s says so and shows nothing of it', async (_what, answer, said) => {
    const printed = await typeLine(scripted(answer), 'mode');

    expect(printed).toMatchObject({ exitCode: 1, out: [] });
    expect(printed.err.join('\n')).toMatch(said);
  });

  test('that breaks the console names what leads to its log', async () => {
    const printed = await typeLine(
      scripted(problem(500, { code: 'internal', correlationId: 'c-1' })),
      'mode',
    );

    expect(printed.err).toContain('The log tells more under c-1.');
  });

  test('with --json prints refusals as the console gave them', async () => {
    const printed = await typeLine(
      scripted(problem(403, { code: 'forbidden', allowedRoles: ['admin'] })),
      'mode --json',
    );

    expect(printed).toMatchObject({ exitCode: 1, err: [] });
    expect(JSON.parse(printed.out.join('\n'))).toMatchObject({ code: 'forbidden', allowedRoles: ['admin'] });
  });
});

describe('what is printed', () => {
  const hostile = 'a\u001B[2J\u009B31m\u202Eb\r\nc';

  test('can NOT steer the terminal, whatever a text of the console holds', async () => {
    const printed = await typeLine(scripted(problem(409, { detail: hostile })), 'mode');

    expect(printed.err).toEqual(['No (no): a\\u001b[2J\\u009b31m\\u202eb\\u000d\\u000ac']);
  });

  test('as JSON is harmless too, and still the same JSON', async () => {
    const printed = await typeLine(scripted(problem(409, { detail: hostile })), 'mode --json');

    expect(printed.out.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(printed.out.join(''))).toMatchObject({ detail: hostile });
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';

/* What `npm run concord` runs, from outside: a process of its own beside a mesh, over the loopback interface. */

const MESH = fileURLToPath(new URL('../demo/main.ts', import.meta.url));
const TERMINAL = fileURLToPath(new URL('../../functions/console/cli/main.ts', import.meta.url));
const LOOK_EVERY_MS = 50;

const folder = mkdtempSync(join(tmpdir(), 'concord-terminal-'));
let mesh: Process;
let url = '';
let hubspot = '';
let shopify = '';

interface Process {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

function run(file: string, args: readonly string[], environment: Readonly<Record<string, string>>): Process {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: String(process.env['PATH']), ...environment },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, out, err }));
  return { child, out: () => out, err: () => err, ended };
}

/** Types a line after `npm run concord --`. */
function type(line: string, environment: Readonly<Record<string, string>> = {}): Process {
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const typed = run(TERMINAL, args, { CONCORD_CONSOLE_URL: url, ...environment });
  onTestFailed(() => void process.stderr.write(`${line}\n${typed.out()}${typed.err()}${mesh.err()}`));
  return typed;
}

/** Repeats a look until it finds something; the test's own time limit ends what never comes. */
async function until<T>(look: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await wait(LOOK_EVERY_MS);
  }
}

beforeAll(async () => {
  mesh = run(MESH, ['--memory'], {
    PORT: '0',
    TWIN_PORT_HUBSPOT: '0',
    TWIN_PORT_SHOPIFY: '0',
    CONCORD_DEMO_QUIET: '1',
    CONCORD_LOG_LEVEL: 'error',
  });
  const greeting = await until(() => {
    if (mesh.child.exitCode !== null) throw new Error(`The mesh did not start.\n${mesh.out()}${mesh.err()}`);
    return mesh.out().includes('Ctrl-C ends.') ? mesh.out() : null;
  });
  [url = '', hubspot = '', shopify = ''] = greeting.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
});

afterAll(async () => {
  mesh.child.kill('SIGKILL');
  await mesh.ended;
  rmSync(folder, { recursive: true, force: true });
});

async function customer(): Promise<string> {
  const fields = { email: 'zoe@example.com', firstname: 'Zoe', lastname: 'Park' };
  await fetch(`${hubspot}/_twin/records/contacts`, { method: 'POST', body: JSON.stringify(fields) });
  return until(async () => {
    const { code, out } = await type('records find zoe@example.com --json').ended;
    const found =
      code === 0 ? (JSON.parse(out) as { matches: { id: string; ids: object }[] }).matches[0] : undefined;
    return found !== undefined && Object.keys(found.ids).length === 2 ? found.id : null;
  });
}

describe('a terminal beside a running mesh', () => {
  test('asks it over a socket, prints what was asked for alone, and ends with what came of it', async () => {
    const id = await customer();

    const shown = await type(`records show ${id}`).ended;
    const paused = await type("pause shopify --reason 'the shop migrates' --as ada:admin --json").ended;
    const forbidden = await type("resume shopify --reason 'not allowed' --as vera:viewer").ended;
    const resumed = await type("resume shopify --reason 'it has migrated'").ended;

    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(/^Zoe Park {2}customer rec_/);
    expect(JSON.parse(paused.out)).toMatchObject({ pauses: { shopify: { by: 'ada' } } });
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(forbidden).toMatchObject({ code: 1, out: '' });
    expect(resumed).toMatchObject({ code: 0, err: '' });
  });

  test('ends by Ctrl-C what it waits for, tells what it has seen, and leaves the mesh to go on', async () => {
    const id = await customer();
    await fetch(`${shopify}/_twin/faults`, {
      method: 'POST',
      body: JSON.stringify({ kind: '500', rate: 1 }),
    });
    const checking = type(`check ${id}`);
    await until(() => (checking.err().includes('owed a look: shopify') ? true : null));

    checking.child.kill('SIGINT');
    const { code, out } = await checking.ended;
    await fetch(`${shopify}/_twin/faults`, { method: 'DELETE' });

    expect(code).toBe(1);
    expect(out).toContain('owed a look: shopify');
    expect((await type('status').ended).out).toContain('operational');
  });

  test('does not complain about a reader that has seen enough', async () => {
    const typed = type('--help');
    typed.child.stdout?.destroy();

    expect(await typed.ended).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    ['a line that it does not understand', 'paws shopify', {}, 2, /no command paws shopify/],
    [
      'an address that is none',
      'status',
      { CONCORD_CONSOLE_URL: 'nowhere' },
      2,
      /CONCORD_CONSOLE_URL must be/,
    ],
    ['a console that is not there', 'mode', { CONCORD_CONSOLE_URL: 'http://127.0.0.1:1' }, 1, /npm start/],
  ])('says in one sentence what to do about %s', async (_what, line, environment, code, said) => {
    const ended = await type(line, environment).ended;

    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err.trim().split('\n')).toEqual([expect.stringMatching(said)]);
  });
});

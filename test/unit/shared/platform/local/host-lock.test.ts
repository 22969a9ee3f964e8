import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireHostLock } from '#shared/platform/local/host-lock.ts';
import { openIdentityKey } from '#shared/platform/local/identity.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'concord-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the lock of a data file', () => {
  test('refuses a second host and names the first', () => {
    const file = join(directory, 'demo.sqlite');
    const lock = acquireHostLock(file);

    expect(() => acquireHostLock(file)).toThrow(`in use by process ${process.pid}`);
    expect(() => acquireHostLock(file)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));

    lock.release();
    acquireHostLock(file).release();
  });

  test('ends with its process, however that ends', () => {
    const file = join(directory, 'demo.sqlite');
    const lockModule = new URL('../../../../../shared/platform/local/host-lock.ts', import.meta.url).href;
    const script = `(await import(${JSON.stringify(lockModule)})).acquireHostLock(${JSON.stringify(file)}); process.kill(process.pid, 'SIGKILL');`;

    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

    expect(killed.signal).toBe('SIGKILL');
    acquireHostLock(file).release();
  });
});

describe('the identity key', () => {
  test('is made once and readable by its owner only', () => {
    const file = join(directory, 'identity-key.pem');

    const first = openIdentityKey(file);
    const second = openIdentityKey(file);

    expect(second.equals(first)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('that is no key is refused', () => {
    const file = join(directory, 'demo.sqlite');
    acquireHostLock(file).release();

    expect(() => openIdentityKey(`${file}.host`)).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    );
  });
});

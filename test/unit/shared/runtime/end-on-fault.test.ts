import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

/** Runs a body in a process that ends on faults, and gives back how it ended and all that it wrote. */
function runInProcess(body: string): { readonly exitCode: number | null; readonly written: string } {
  const script = `
    import { toInstant } from '#shared/model/instant.ts';
    import { endOnFault } from '#shared/runtime/end-on-fault.ts';
    import { createLogger } from '#shared/telemetry/logger.ts';
    endOnFault(createLogger({ clock: { now: () => 0 } }));
    setInterval(() => undefined, 1_000);
    ${body}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('../../../..', import.meta.url),
    encoding: 'utf8',
  });
  return { exitCode: status, written: stdout + stderr };
}

describe('a process that ends on faults', () => {
  test.each([
    [
      'an error',
      `throw Object.assign(new Error('canary', { cause: new Error('canary') }), { body: 'canary' })`,
    ],
    ['a rejection', `void Promise.reject(Object.assign(new Error('canary'), { email: 'canary' }))`],
    ['something that is no error', `void Promise.reject({ email: 'canary' })`],
  ])('does so on %s that nobody caught, and repeats none of it (M14)', (_name, fault) => {
    const { exitCode, written } = runInProcess(fault);

    expect(exitCode).not.toBe(0);
    expect(written).toContain('"message":"process.ended"');
    expect(written).not.toContain('canary');
  });

  test('tells where it arose', () => {
    const { written } = runInProcess(`toInstant(Number.NaN);`);

    expect(written).toMatch(/"location":"shared\/model\/instant\.ts:\d+"/);
  });
});

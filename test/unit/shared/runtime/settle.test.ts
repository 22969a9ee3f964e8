import { describe, expect, test } from 'vitest';
import { unavailable } from '#shared/errors/faults.ts';
import { toInstant } from '#shared/model/instant.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { settle } from '#shared/runtime/settle.ts';

class InstanceCrash extends Error {
  override readonly name = 'InstanceCrash';
}

function settings() {
  const lines: string[] = [];
  const telemetry = createLogger({ clock: { now: () => 0 }, write: (line) => lines.push(line) });
  return { lines, telemetry, functionName: 'orchestrator' };
}

describe('settling a handler', () => {
  test('a handler that throws is an outcome, not a broken connection', async () => {
    const outcome = await settle<never>(settings(), 'push', () => Promise.reject(unavailable('the store')));

    expect(outcome).toEqual({ status: 'retry', reason: 'unavailable' });
  });

  test('the death of the instance is NOT an answer', async () => {
    const settled = settle<never>(settings(), 'push', () => Promise.reject(new InstanceCrash('planted')));

    await expect(settled).rejects.toBeInstanceOf(InstanceCrash);
  });

  test('every outcome is counted by function, channel and status', async () => {
    const given = settings();

    await settle<never>(given, 'task', async () => ({ status: 'done', reason: 'served' }));
    await settle<never>(given, 'task', async () => ({ status: 'done', reason: 'served' }));

    expect(given.telemetry.snapshot()).toEqual([
      {
        metric: 'entry_outcomes',
        labels: { channel: 'task', function: 'orchestrator', status: 'done' },
        value: 2,
      },
    ]);
    expect(given.lines).toEqual([]);
  });

  test("a failure's line names the reason and nothing of the error's text (M14)", async () => {
    const given = settings();

    await settle<never>(given, 'task', () => Promise.reject(new TypeError('ada@example.com')));

    expect(given.lines).toHaveLength(1);
    expect(given.lines[0]).toContain('"reason":"internal"');
    expect(given.lines[0]).not.toContain('ada');
  });

  test('a fault of ours is told with the line of code that it comes from', async () => {
    const given = settings();
    const clock = { now: () => Number.NaN };

    await settle<never>(given, 'schedule', async () => {
      toInstant(clock.now());
      return { status: 'done', reason: 'served' };
    });
    await settle<never>(given, 'push', () => Promise.reject(unavailable('the store')));

    expect(given.lines[0]).toMatch(/"location":"shared\/model\/instant\.ts:\d+"/);
    expect(given.lines[1]).not.toContain('location');
  });
});

import { describe, expect, test } from 'vitest';
import type { LogFields } from '#shared/ports/telemetry.ts';
import { createLogger, type Logger } from '#shared/telemetry/logger.ts';

function logger(fields: LogFields = {}): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const clock = { now: () => Date.UTC(2026, 10, 20, 10) };
  return {
    lines,
    log: createLogger({
      clock,
      fields,
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
  };
}

describe('a log line', () => {
  test('has the shape that Cloud Logging reads', () => {
    const { log, lines } = logger({ function: 'orchestrator' });

    log.log('warning', 'pass.kept', { recordId: 'rec_1', attempt: 2 });

    expect(lines).toEqual([
      {
        severity: 'WARNING',
        time: '2026-11-20T10:00:00.000Z',
        message: 'pass.kept',
        function: 'orchestrator',
        recordId: 'rec_1',
        attempt: 2,
      },
    ]);
  });

  test('carries no field that is not on the list, however it got there (M14)', () => {
    const { log, lines } = logger();
    const fields = { recordId: 'rec_1', email: 'ada@example.com', payload: { a: 1 } } as LogFields;

    log.log('info', 'pass.served', fields);

    expect(lines[0]).toEqual({
      severity: 'INFO',
      time: expect.any(String),
      message: 'pass.served',
      recordId: 'rec_1',
    });
  });

  test('drops a listed field that holds something else than it should', () => {
    const { log, lines } = logger();
    const fields = { recordId: { email: 'ada@example.com' }, status: '500' } as unknown as LogFields;

    log.log('info', 'pass.served', fields);

    expect(Object.keys(lines[0] ?? {})).toEqual(['severity', 'time', 'message']);
  });

  test('does NOT take an inherited name for a listed field', () => {
    const { log, lines } = logger();
    const fields = { toString: 'ada@example.com', constructor: 'x' } as unknown as LogFields;

    log.log('info', 'pass.served', fields);

    expect(Object.keys(lines[0] ?? {})).toEqual(['severity', 'time', 'message']);
  });

  test('replaces a name that was built from data', () => {
    const { log, lines } = logger();

    log.log('info', 'could not read ada@example.com');

    expect(lines[0]?.['message']).toBe('log.unnamed_event');
  });

  test.each([
    'ada@example.com',
    'gid://shopify/Customer/501?token=s3cret',
    'https://api.example.com/contacts?email=ada%40example.com',
    '{"email":"ada"}',
    '+12025550143',
    'Ada Lovelace',
    'Contact already exists. Existing ID: 501',
    'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x',
    'x'.repeat(201),
    '',
  ])('withholds what is no id, code or name of ours (%s)', (value) => {
    const { log, lines } = logger();

    log.log('info', 'pass.served', { reason: value, nativeId: value, code: value });

    expect(lines[0]).toMatchObject({ reason: 'withheld', nativeId: 'withheld', code: 'withheld' });
  });

  test.each([
    ['nativeId', 'gid://shopify/Customer/706405506930370084'],
    ['recordId', 'rec_01KAG6Z8M5P6J7W8X9Y0Z1A2B3'],
    ['step', 'shopify:update'],
    ['topic', 'source-events.orchestrator.dead-letter'],
    ['location', 'shared/workflows/sync-record/judge.ts:107'],
    ['rule', 'customer.email: latest(hubspot, shopify)'],
  ])('keeps a %s as it is (%s)', (name, value) => {
    const { log, lines } = logger();

    log.log('info', 'pass.served', { [name]: value });

    expect(lines[0]?.[name]).toBe(value);
  });

  test('is left out below the level', () => {
    const { log, lines } = logger();

    log.log('debug', 'pass.started');
    log.log('info', 'pass.served');

    expect(lines).toHaveLength(1);
  });
});

describe('counters', () => {
  test('add up per metric and labels, whatever the order of the labels', () => {
    const { log } = logger();

    log.count('calls', { system: 'hubspot', kind: 'read' });
    log.count('calls', { kind: 'read', system: 'hubspot' }, 2);
    log.count('calls');

    expect(log.snapshot()).toEqual([
      { metric: 'calls', labels: { kind: 'read', system: 'hubspot' }, value: 3 },
      { metric: 'calls', labels: {}, value: 1 },
    ]);
  });

  test('take no label that is no name of ours', () => {
    const { log } = logger();

    log.count('calls', { system: 'hubspot', reason: 'ada@example.com was refused' });

    expect(log.snapshot()).toEqual([
      { metric: 'calls', labels: { reason: 'withheld', system: 'hubspot' }, value: 1 },
    ]);
  });

  test('stay bounded when a label takes any value', () => {
    const { log } = logger();

    for (let index = 0; index < 1_500; index += 1) log.count('calls', { id: String(index) });

    const snapshot = log.snapshot();
    expect(snapshot).toHaveLength(1_001);
    expect(snapshot.at(-1)).toEqual({ metric: 'counter_series_overflow', labels: {}, value: 500 });
  });
});

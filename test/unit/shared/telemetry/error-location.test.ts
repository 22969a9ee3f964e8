import { describe, expect, test } from 'vitest';
import { locationOf } from '#shared/telemetry/error-location.ts';

function errorWith(message: string, frames: readonly string[]): Error {
  const error = new Error(message);
  error.stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('the location of an error', () => {
  test.each([
    [
      ['judge (file:///app/shared/workflows/sync-record/judge.ts:107:9)'],
      'shared/workflows/sync-record/judge.ts:107',
    ],
    [['JSON.parse (<anonymous>)', '/app/functions/console/health.ts:3:1'], 'functions/console/health.ts:3'],
    [['send (/app/node_modules/undici/lib/api.js:9:2)', 'f (/app/shared/a.ts:1:1)'], 'shared/a.ts:1'],
    [['async f (/workspace/index.js:12:345)'], 'index.js:12'],
    [['<anonymous>'], undefined],
  ])('of %j is %s', (frames, location) => {
    expect(locationOf(errorWith('planted', frames))).toBe(location);
  });

  test('is never taken from its message, which may quote data', () => {
    const message = 'no such person\n    at Ada (/shared/ada.ts:1:1)';

    expect(locationOf(errorWith(message, ['f (/app/shared/a.ts:2:1)']))).toBe('shared/a.ts:2');
  });

  test('of what is no error is unknown', () => {
    expect(['planted', null, { stack: 1 }].map(locationOf)).toEqual([undefined, undefined, undefined]);
  });
});

import { describe, expect, test } from 'vitest';
import { createSystemClock } from '#shared/platform/local/clock.ts';
import { createSystemIds } from '#shared/platform/local/ids.ts';
import { createLocalSecrets } from '#shared/platform/local/secrets.ts';
import { createManualClock } from '#test/support/manual-clock.ts';
import { createSeededIds } from '#test/support/seeded-ids.ts';

describe('ids', () => {
  test('rise strictly, also within one millisecond', () => {
    const ids = createSystemIds(createManualClock());

    const made = Array.from({ length: 1_000 }, () => ids.ulid());

    expect(made).toEqual([...new Set(made)].toSorted());
    expect(made.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
  });

  test('of one seed and clock repeat', () => {
    const [first, second] = [
      createSeededIds(7, createManualClock()),
      createSeededIds(7, createManualClock()),
    ];

    expect([first.ulid(), first.random(), first.ulid()]).toEqual([
      second.ulid(),
      second.random(),
      second.ulid(),
    ]);
    expect(first.ulid()).not.toBe(createSeededIds(8, createManualClock()).ulid());
  });
});

describe('the clock', () => {
  test('tells the time of the machine', () => {
    const before = Date.now();

    expect(createSystemClock().now()).toBeGreaterThanOrEqual(before);
  });
});

describe('secrets', () => {
  test('come with all valid versions, newest first', async () => {
    const secrets = createLocalSecrets({ HUBSPOT_CLIENT_SECRET: ['new', 'old'] });

    await expect(secrets.versions('HUBSPOT_CLIENT_SECRET')).resolves.toEqual(['new', 'old']);
  });

  test.each(['MISSING', 'EMPTY', 'toString'])(
    'without a version are a mistake in the configuration: %s',
    async (name) => {
      const secrets = createLocalSecrets({ EMPTY: [] });

      await expect(secrets.versions(name)).rejects.toMatchObject({ code: 'invalid_configuration' });
    },
  );
});

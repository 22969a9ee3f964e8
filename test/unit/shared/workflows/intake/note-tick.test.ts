import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TICK_EVERY_MS, TICKING, tickRef } from '#shared/model/poll-documents.ts';
import { noteTick } from '#shared/workflows/intake/note-tick.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { minute } from '#test/support/builders/records.ts';
import { NOW } from '#test/support/builders/work.ts';

const FUNCTIONS = new URL('../../../../../functions/', import.meta.url);

interface Manifest {
  readonly name: string;
  readonly triggers: readonly { readonly kind: string; readonly everySeconds?: number }[];
}

test('a tick is noted with the time of the next, and the note of the one before is gone', async () => {
  const { ports } = aContext();

  await noteTick(ports, 'watchdog', NOW - TICK_EVERY_MS);
  await noteTick(ports, 'watchdog', NOW);

  expect((await ports.store.get(tickRef('watchdog')))?.value).toEqual({
    function: 'watchdog',
    isPaused: false,
    lastAt: minute(10),
    nextDueAt: NOW + TICK_EVERY_MS,
  });
});

test('every function that a clock calls is told of, at the pace that its manifest declares', () => {
  const manifests = readdirSync(FUNCTIONS, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? [JSON.parse(readFileSync(new URL(`${entry.name}/function.json`, FUNCTIONS), 'utf8')) as Manifest]
      : [],
  );

  const scheduled = manifests.flatMap(({ name, triggers }) =>
    triggers
      .filter(({ kind }) => kind === 'schedule')
      .map(({ everySeconds = 0 }) => [name, everySeconds * 1_000]),
  );

  expect(scheduled.toSorted()).toEqual(TICKING.map((name) => [name, TICK_EVERY_MS]));
});

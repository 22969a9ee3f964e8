import { describe, expect, test } from 'vitest';
import { advance } from '#shared/engine/advance.ts';
import { spillJournal } from '#shared/engine/journal.ts';
import type { Run, RunEvent } from '#shared/engine/run.ts';
import { minute } from '#test/support/builders/records.ts';
import { aNode, aRun } from '#test/support/builders/runs.ts';

const wordy: RunEvent = {
  kind: 'step_unverified',
  at: minute(1),
  step: 'a',
  carried: { text: 'x'.repeat(10_000) },
  retryAfterMs: null,
};

function written(events: number): Run {
  return Array.from({ length: events }).reduce<Run>((run) => advance(run, wordy), aRun([aNode('a')]));
}

describe('the journal of a run', () => {
  test('stays in the run while it is short', () => {
    const run = written(20);

    expect(spillJournal(run)).toEqual({ run, page: null });
  });

  test('leaves it in pages once it is long, and loses and repeats no entry', () => {
    const pages: { readonly id: string; readonly seqs: readonly number[] }[] = [];
    let run = aRun([aNode('a')]);
    for (let events = 0; events < 100; events += 1) {
      const spilled = spillJournal(advance(run, wordy));
      run = spilled.run;
      if (spilled.page !== null)
        pages.push({ id: spilled.page.id, seqs: spilled.page.value.entries.map(({ seq }) => seq) });
    }

    expect(pages.length).toBeGreaterThan(1);
    expect(pages.map(({ id }) => id)).toEqual(pages.map(({ id }) => id).toSorted());
    expect([...pages.flatMap(({ seqs }) => seqs), ...run.journal.map(({ seq }) => seq)]).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
  });

  test('never makes its document larger than the store takes', () => {
    const { run } = spillJournal(written(40));

    expect(Buffer.byteLength(JSON.stringify(run.journal))).toBeLessThan(256 * 1_024);
  });
});

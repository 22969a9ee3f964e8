import { describe, expect, test } from 'vitest';
import { isTerminal, LEGAL_MOVES } from '#shared/engine/run.ts';
import { RunState } from '#shared/model/vocabulary.ts';

describe('the table of legal moves', () => {
  test.each(Object.values(RunState))('knows %s, and an end is a state without a way out', (state) => {
    expect(LEGAL_MOVES[state].length === 0).toBe(isTerminal({ state }));
  });

  test.each(Object.values(RunState))('leads from %s only to other states', (state) => {
    expect(LEGAL_MOVES[state]).not.toContain(state);
  });

  test('leads from the beginning to every end', () => {
    const reached = new Set<RunState>([RunState.pending]);
    for (const state of reached) for (const next of LEGAL_MOVES[state]) reached.add(next);

    expect([...reached].toSorted()).toEqual(Object.values(RunState).toSorted());
  });
});

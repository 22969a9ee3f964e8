import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, readySteps } from '#shared/engine/advance.ts';
import { VENDOR_RETRY } from '#shared/engine/retry-policy.ts';
import { pendingRun } from '#shared/engine/pending-run.ts';
import { isTerminal, LEGAL_MOVES, type Run, type RunEvent } from '#shared/engine/run.ts';
import { ErrorCode } from '#shared/errors/concord-error.ts';
import { toEpochMs, toInstant } from '#shared/model/instant.ts';
import { minute } from '#test/support/builders/records.ts';
import { aNode, aRun, aSpec, aStep, RUN_START } from '#test/support/builders/runs.ts';

const at = minute(1);
const now = toEpochMs(at);

const succeeded = (step: string): RunEvent => ({ kind: 'step_succeeded', at, step, detail: 'verified' });
const refused = (step: string): RunEvent => ({ kind: 'step_refused', at, step, reason: 'preimage_moved' });
const failed = (step: string, canRetry: boolean, retryAfterMs: number | null = null): RunEvent => ({
  kind: 'step_failed',
  at,
  step,
  code: ErrorCode.vendorUnavailable,
  canRetry,
  retryAfterMs,
});
const unknown = (step: string, unresolvedUntil: number): RunEvent => ({
  kind: 'step_unknown',
  at,
  step,
  code: ErrorCode.vendorTimeout,
  unresolvedUntil,
});
const waits = (step: string, until: number): RunEvent => ({
  kind: 'step_waits',
  at,
  step,
  until,
  reason: 'effect_unresolved',
});
const unverified = (step: string): RunEvent => ({
  kind: 'step_unverified',
  at,
  step,
  carried: { nativeId: '501' },
  retryAfterMs: null,
});

const single = aRun([aNode('a')]);
const both = aRun([aNode('a'), aNode('b', [], 'shopify')]);
const chain = aRun([aNode('a'), aNode('b', ['a'])]);

function play(run: Run, ...events: readonly RunEvent[]): Run {
  return events.reduce((current, event) => advance(current, event), run);
}

describe('a run ends', () => {
  test.each<[string, Run, readonly RunEvent[], string]>([
    ['succeeded when every step did', both, [succeeded('a'), succeeded('b')], 'succeeded'],
    ['partly succeeded when only some did', both, [succeeded('a'), refused('b')], 'partly_succeeded'],
    ['partly succeeded when the rest failed', both, [failed('a', false), succeeded('b')], 'partly_succeeded'],
    ['failed when none succeeded and one failed', both, [refused('a'), failed('b', false)], 'failed'],
    ['cancelled when the world had moved on everywhere', both, [refused('a'), refused('b')], 'cancelled'],
    ['failed when what the rest needs failed', chain, [failed('a', false)], 'failed'],
    ['cancelled when what the rest needs was refused', chain, [refused('a')], 'cancelled'],
    ['cancelled when somebody says so', both, [{ kind: 'cancelled', at, reason: 'operator' }], 'cancelled'],
  ])('%s', (_title, run, events, state) => {
    const ended = play(run, ...events);

    expect(ended).toMatchObject({ state, wakeAt: null, finishedAt: at });
  });

  test('only when no step is left that can still run', () => {
    const half = play(both, succeeded('a'));

    expect(half).toMatchObject({ state: 'running', wakeAt: RUN_START, finishedAt: null });
  });
});

describe('a step runs', () => {
  test('only when every step that it needs has succeeded', () => {
    expect(readySteps(chain, now)).toEqual(['a']);
    expect(readySteps(play(chain, succeeded('a')), now)).toEqual(['b']);
    expect(readySteps(play(chain, unverified('a')), now)).toEqual([]);
  });

  test('not before its time', () => {
    const parked = play(single, waits('a', now + 1_000));

    expect(parked).toMatchObject({ state: 'waiting', wakeAt: now + 1_000 });
    expect(readySteps(parked, now + 999)).toEqual([]);
    expect(readySteps(parked, now + 1_000)).toEqual(['a']);
  });

  test('and wakes its run for no step that still needs another', () => {
    expect(play(chain, waits('a', now + 1_000)).wakeAt).toBe(now + 1_000);
  });

  test('in the order of the DAG when several are due', () => {
    expect(readySteps(both, now)).toEqual(['a', 'b']);
  });
});

describe('a step that could not be carried out', () => {
  test('is tried again later, and not before the vendor asked', () => {
    const later = play(single, failed('a', true, 60_000));

    expect(later.steps['a']).toMatchObject({ status: 'pending', attempts: 1, notBefore: now + 60_000 });
    expect(later).toMatchObject({ state: 'waiting', wakeAt: now + 60_000 });
  });

  test('is tried a limited number of times', () => {
    const tired = aRun([aNode('a')], { steps: { a: aStep({ attempts: VENDOR_RETRY.maxAttempts - 1 }) } });

    expect(play(tired, failed('a', true))).toMatchObject({ state: 'failed', wakeAt: null });
  });

  test('waits longer each time that it fails', () => {
    const delayAfter = (attempts: number) => {
      const run = aRun([aNode('a')], { steps: { a: aStep({ attempts }) } });
      return (play(run, failed('a', true)).wakeAt ?? 0) - now;
    };

    expect(delayAfter(0)).toBeLessThanOrEqual(500);
    expect(delayAfter(4)).toBeGreaterThanOrEqual(4_000);
    expect(delayAfter(400)).toBeLessThanOrEqual(VENDOR_RETRY.maxDelayMs);
  });

  test('does not count waiting as an attempt', () => {
    expect(play(single, waits('a', now + 1), waits('a', now + 2)).steps['a']?.attempts).toBe(0);
  });
});

describe('a step whose effect is unknown', () => {
  const doubtful = play(single, unknown('a', now + 30_000));

  test('says until when the effect may still appear', () => {
    expect(doubtful.steps['a']).toMatchObject({
      status: 'unknown',
      unresolvedUntil: now + 30_000,
      attempts: 1,
    });
    expect(doubtful.state).toBe('waiting');
  });

  test('stays unknown when resolving it fails for now', () => {
    expect(play(doubtful, failed('a', true)).steps['a']).toMatchObject({
      status: 'unknown',
      unresolvedUntil: now + 30_000,
    });
  });

  test('never becomes certain earlier because a later attempt settles sooner', () => {
    expect(play(doubtful, unknown('a', now + 10_000)).steps['a']?.unresolvedUntil).toBe(now + 30_000);
  });

  test('is resolved by a success', () => {
    expect(play(doubtful, succeeded('a')).steps['a']?.unresolvedUntil).toBeNull();
  });

  test('is not resolved by what was seen before the effect could show (E3)', () => {
    const refusedEarly = play(doubtful, refused('a'));
    const refusedLate = play(doubtful, { ...refused('a'), at: toInstant(now + 30_000) });

    expect(refusedEarly.steps['a']).toMatchObject({ status: 'unknown', unresolvedUntil: now + 30_000 });
    expect(refusedLate.steps['a']).toMatchObject({ status: 'refused', unresolvedUntil: null });
  });
});

describe('a step that took effect but was not read back', () => {
  const written = play(single, unverified('a'));

  test('keeps the vendor\u2019s answer until it is verified', () => {
    expect(written.steps['a']).toMatchObject({ status: 'unverified', carried: { nativeId: '501' } });
    expect(play(written, failed('a', true)).steps['a']).toMatchObject({
      status: 'unverified',
      carried: { nativeId: '501' },
    });
    expect(play(written, succeeded('a')).steps['a']?.carried).toBeNull();
  });
});

describe('a run whose owner is gone', () => {
  const takenOver: RunEvent = {
    kind: 'taken_over',
    at,
    epoch: 2,
    unresolvedUntil: { a: now + 30_000, b: now + 30_000 },
  };

  test('acts under a new epoch, and what may have been sent is to be resolved at once', () => {
    const taken = play(both, succeeded('b'), takenOver);

    expect(taken).toMatchObject({ epoch: 2, wakeAt: now });
    expect(taken.steps['a']).toMatchObject({
      status: 'unknown',
      attempts: 1,
      unresolvedUntil: now + 30_000,
      notBefore: now,
    });
    expect(taken.steps['b']?.status).toBe('succeeded');
  });

  test('has sent nothing for a step that still needed another', () => {
    expect(play(chain, takenOver).steps['b']).toEqual(aStep());
  });

  test('doubts anew what was in doubt before, for it may just have been sent again', () => {
    const early = play(both, unknown('a', now - 1), takenOver);
    const late = play(both, unknown('a', now + 60_000), takenOver);

    expect(early.steps['a']?.unresolvedUntil).toBe(now + 30_000);
    expect(late.steps['a']?.unresolvedUntil).toBe(now + 60_000);
  });

  test('has nothing to doubt about what took effect and was not read back', () => {
    const written = play(both, unverified('b'));

    expect(play(written, takenOver).steps['b']).toEqual(written.steps['b']);
  });
});

test('a parked run is left alone until the time given', () => {
  const parked = play(both, { kind: 'parked', at, until: now + 5_000 });

  expect(parked).toMatchObject({ state: 'waiting', wakeAt: now + 5_000, steps: both.steps });
});

describe('the journal', () => {
  test('numbers every event and says why', () => {
    const ended = play(both, succeeded('a'), failed('b', false));

    expect(ended.journal).toEqual([
      { seq: 1, ...succeeded('a') },
      { seq: 2, ...failed('b', false) },
    ]);
  });
});

test('a run refuses an event about a step that it does not have', () => {
  expect(() => play(single, succeeded('b'))).toThrow(/has no step b/);
});

describe('whatever happens', () => {
  const times = fc.integer({ min: 0, max: 100 }).map((count) => RUN_START + count * 60_000);
  const steps = fc.constantFrom('a', 'b', 'c');
  const anEvent: fc.Arbitrary<RunEvent> = fc
    .tuple(
      times,
      steps,
      times,
      fc.boolean(),
      fc.constantFrom(
        'succeeded',
        'refused',
        'failed',
        'unknown',
        'unverified',
        'waits',
        'parked',
        'taken over',
        'cancelled',
      ),
    )
    .map(([ms, step, until, canRetry, kind]): RunEvent => {
      const base = { at: toInstant(ms) };
      switch (kind) {
        case 'succeeded':
          return { ...base, kind: 'step_succeeded', step, detail: 'verified' };
        case 'refused':
          return { ...base, kind: 'step_refused', step, reason: 'gone' };
        case 'failed':
          return {
            ...base,
            kind: 'step_failed',
            step,
            code: 'vendor_unavailable',
            canRetry,
            retryAfterMs: null,
          };
        case 'unknown':
          return { ...base, kind: 'step_unknown', step, code: 'vendor_timeout', unresolvedUntil: until };
        case 'unverified':
          return { ...base, kind: 'step_unverified', step, carried: null, retryAfterMs: null };
        case 'waits':
          return { ...base, kind: 'step_waits', step, until, reason: 'rate' };
        case 'parked':
          return { ...base, kind: 'parked', until };
        case 'taken over':
          return { ...base, kind: 'taken_over', epoch: 2, unresolvedUntil: { [step]: until } };
        default:
          return { ...base, kind: 'cancelled', reason: 'operator' };
      }
    });
  const dags = fc.constantFrom(
    [aNode('a'), aNode('b'), aNode('c')],
    [aNode('a'), aNode('b', ['a']), aNode('c', ['b'])],
    [aNode('a'), aNode('b', ['a']), aNode('c', ['a'])],
  );
  const histories = fc.tuple(dags, fc.array(anEvent, { maxLength: 20 }));

  test('a run moves only along the legal moves, and never out of its end', () => {
    fc.assert(
      fc.property(histories, ([dag, events]) => {
        let run = aRun(dag);
        for (const event of events) {
          const next = advance(run, event);
          if (isTerminal(run)) expect(next).toBe(run);
          else if (next.state !== run.state) expect(LEGAL_MOVES[run.state]).toContain(next.state);
          run = next;
        }
      }),
    );
  });

  test('a run that has ended owes nothing, and one that has not is due some time', () => {
    fc.assert(
      fc.property(histories, ([dag, events]) => {
        const run = play(aRun(dag), ...events);

        expect(run.wakeAt === null).toBe(isTerminal(run));
        expect(run.finishedAt === null).toBe(!isTerminal(run));
      }),
    );
  });

  test('the same events give the same run', () => {
    fc.assert(
      fc.property(histories, ([dag, events]) => {
        expect(play(aRun(dag), ...events)).toEqual(play(aRun(dag), ...structuredClone(events)));
      }),
    );
  });

  test('the journal told again gives the run that wrote it (M13)', () => {
    fc.assert(
      fc.property(histories, ([dag, events]) => {
        const run = play(pendingRun(aSpec(dag)), { kind: 'started', at: minute(0) }, ...events);

        expect(play(pendingRun(aSpec(dag)), ...run.journal)).toEqual(run);
      }),
    );
  });

  test('a run is not changed in place', () => {
    fc.assert(
      fc.property(histories, ([dag, events]) => {
        const run = aRun(dag);
        const before = structuredClone(run);

        play(run, ...events);

        expect(run).toEqual(before);
      }),
    );
  });
});

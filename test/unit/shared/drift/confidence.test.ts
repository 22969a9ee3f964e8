import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confidenceOf, type ConfidenceQuestion } from '#shared/drift/confidence.ts';

const DAY_MS = 24 * 60 * 60_000;

const fresh: ConfidenceQuestion = {
  ageMs: 0,
  cadence: { targetMs: DAY_MS },
  method: 'read',
  identity: ['created_by_us', 'first_seen'],
  changesPerDay: 1 / 30,
  webhookLoss: 0.05,
};

const questions: fc.Arbitrary<ConfidenceQuestion> = fc.record({
  ageMs: fc.integer({ min: -DAY_MS, max: 365 * DAY_MS }),
  cadence: fc.record({ targetMs: fc.integer({ min: 1, max: 30 * DAY_MS }) }),
  method: fc.constantFrom('read', 'read_back', 'write_response', 'webhook', 'poll', 'sweep'),
  identity: fc.array(fc.constantFrom('created_by_us', 'first_seen', 'email', 'email+phone', 'operator')),
  changesPerDay: fc.double({ min: 0, max: 100, noNaN: true }),
  webhookLoss: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('confidence in a verdict', () => {
  test('is whole for what was read just now and linked by our own id', () => {
    expect(confidenceOf(fresh)).toEqual({
      score: 1,
      level: 'high',
      inputs: { age: 1, webhook_loss: 1, method: 1, identity: 1 },
      limitedBy: [],
    });
  });

  test.each([
    ['its age', { ageMs: 1.5 * DAY_MS, webhookLoss: 0 }, 'medium', ['age']],
    ['its great age', { ageMs: 10 * DAY_MS, webhookLoss: 0 }, 'low', ['age']],
    ['lost webhooks', { ageMs: DAY_MS, changesPerDay: 1, webhookLoss: 0.3 }, 'medium', ['webhook_loss']],
    ['how it was seen', { method: 'poll' as const }, 'medium', ['method']],
    [
      'two inputs together, each of which would do alone',
      {
        method: 'write_response' as const,
        identity: ['email', 'email'],
        ageMs: DAY_MS / 2,
        changesPerDay: 0.5,
      },
      'high',
      [],
    ],
    [
      'an old answer of a lagging list',
      { method: 'poll' as const, ageMs: 1.2 * DAY_MS, webhookLoss: 0 },
      'medium',
      ['age', 'method'],
    ],
  ])('is limited by %s', (_what, differing, level, limitedBy) => {
    expect(confidenceOf({ ...fresh, ...differing })).toMatchObject({ level, limitedBy });
  });

  test('lies between 0 and 1 and names what limits it exactly when it is not high', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const { score, level, inputs, limitedBy } = confidenceOf(question);
        expect(Object.values(inputs).reduce((product, input) => product * input, 1)).toBeCloseTo(score, 10);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(limitedBy.length > 0).toBe(level !== 'high');
      }),
    );
  });

  test('never rises with age, with lost webhooks, with a restless record or with a weaker link', () => {
    fc.assert(
      fc.property(questions, fc.integer({ min: 0, max: 60 * DAY_MS }), (question, more) => {
        const { score } = confidenceOf(question);
        const weaker: readonly ConfidenceQuestion[] = [
          { ...question, ageMs: question.ageMs + more },
          { ...question, webhookLoss: Math.min(1, question.webhookLoss + more / (60 * DAY_MS)) },
          { ...question, changesPerDay: question.changesPerDay + more / DAY_MS },
          { ...question, identity: [...question.identity, 'email'] },
        ];
        for (const one of weaker) expect(confidenceOf(one).score).toBeLessThanOrEqual(score);
      }),
    );
  });
});

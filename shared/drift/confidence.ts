/**
 * How far a verdict can be relied on now: the product of what each of its four inputs is worth, from 0 to 1. Every
 * factor is computed from what was measured or declared; none comes from a model (M11). Pure (M13).
 *
 * | input | factor |
 * | --- | --- |
 * | age | 1 up to the dimension's target, then target / age |
 * | webhook loss | exp(-rate x loss x age): the chance that no change happened since that no webhook told of |
 * | method | 1 for an exact read by id, less for what a lagging index, a payload or a write's answer said |
 * | identity | what linked the systems: our own id or a person's word 1, a unique key on both sides 0.97 |
 *
 * The inputs are taken as independent. `high` is 0.9 and more, `medium` 0.6 and more, `low` everything below.
 */
import type { CheckCadence } from '#shared/authority/check-policy.ts';
import type { ObservationMethod } from '#shared/model/vocabulary.ts';

const DAY_MS = 24 * 60 * 60_000;

export type ConfidenceLevel = 'high' | 'medium' | 'low';

export type ConfidenceInput = 'age' | 'webhook_loss' | 'method' | 'identity';

export interface Confidence {
  /** 0 to 1. */
  readonly score: number;
  readonly level: ConfidenceLevel;
  /** What each input is worth, 0 to 1; the score is their product. */
  readonly inputs: Readonly<Record<ConfidenceInput, number>>;
  /**
   * The fewest inputs, weakest first, without whose weakness the level would be higher. Empty when it is `high`.
   */
  readonly limitedBy: readonly ConfidenceInput[];
}

export interface ConfidenceQuestion {
  /** Milliseconds since the oldest observation compared. */
  readonly ageMs: number;
  readonly cadence: Pick<CheckCadence, 'targetMs'>;
  readonly method: ObservationMethod;
  /** What linked the record to each system that was compared, as its links say it. */
  readonly identity: readonly string[];
  readonly changesPerDay: number;
  /** Share of changes that no webhook tells of, 0 to 1. */
  readonly webhookLoss: number;
}

const METHODS: Readonly<Record<ObservationMethod, number>> = Object.freeze({
  read: 1,
  read_back: 1,
  /** It says what was stored of what we sent, and of the rest what the vendor chose to repeat. */
  write_response: 0.95,
  /** Lists and searches come from an index that lags. */
  poll: 0.85,
  sweep: 0.85,
  /** It may be old and is repeated with its old content. */
  webhook: 0.8,
});

/** What nobody doubts: our own id on the object, the first sight of it, or a person's decision. */
const CERTAIN_IDENTITY: ReadonlySet<string> = new Set([
  'created_by_us',
  'first_seen',
  'seen_again',
  'operator',
]);

/** A unique key that both sides hold: rarely, two people share an address or one has inherited it. */
const KEY_IDENTITY = 0.97;

const LEVELS: readonly (readonly [level: ConfidenceLevel, from: number])[] = [
  ['high', 0.9],
  ['medium', 0.6],
  ['low', 0],
];

/** Says how far a verdict can be relied on. Never rises with age. */
export function confidenceOf(question: ConfidenceQuestion): Confidence {
  const factors = factorsOf(question);
  const score = productOf(factors);
  const level = levelOf(score);
  const inputs = Object.fromEntries(factors) as Record<ConfidenceInput, number>;
  return { score, level, inputs, limitedBy: level === 'high' ? [] : limitsOf(factors, level) };
}

type Factors = readonly (readonly [input: ConfidenceInput, factor: number])[];

function factorsOf(question: ConfidenceQuestion): Factors {
  const { cadence, method, identity, changesPerDay, webhookLoss } = question;
  const ageMs = Math.max(0, question.ageMs);
  return [
    ['age', ageMs <= cadence.targetMs ? 1 : cadence.targetMs / ageMs],
    ['webhook_loss', Math.exp((-changesPerDay * webhookLoss * ageMs) / DAY_MS)],
    ['method', METHODS[method]],
    [
      'identity',
      Math.min(1, ...identity.map((evidence) => (CERTAIN_IDENTITY.has(evidence) ? 1 : KEY_IDENTITY))),
    ],
  ];
}

function limitsOf(factors: Factors, level: ConfidenceLevel): readonly ConfidenceInput[] {
  const weakestFirst = factors.toSorted(([, a], [, b]) => a - b);
  for (let taken = 1; taken <= weakestFirst.length; taken += 1) {
    if (levelOf(productOf(weakestFirst.slice(taken))) !== level)
      return weakestFirst.slice(0, taken).map(([input]) => input);
  }
  return [];
}

function levelOf(score: number): ConfidenceLevel {
  return LEVELS.find(([, from]) => score >= from)?.[0] ?? 'low';
}

function productOf(factors: Factors): number {
  return factors.reduce((product, [, factor]) => product * factor, 1);
}

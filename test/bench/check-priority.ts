import type { CheckCadence } from '#shared/authority/check-policy.ts';
import { changesPerDay, countChange } from '#shared/drift/change-rate.ts';
import {
  byPriority,
  CHECK_BANDS,
  checkBand,
  checkPriority,
  nextCheckAt,
} from '#shared/drift/check-schedule.ts';
import type { ChangeCount } from '#shared/model/work.ts';
import { DueHeap } from '#shared/platform/local/due-heap.ts';
import { DUE_PER_BAND } from '#shared/workflows/check-drift/find-due.ts';
import { createRandom } from '#test/twins/core/random.ts';
import type { Benchmark, Result } from './benchmark.ts';
import { quantile, rounded } from './statistics.ts';

const TARGET = 2;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** One call, of a hundred records, every half an hour: all records once in four days. */
const RECORDS = 20_000;
const CALL_RECORDS = 100;
const EVERY_MS = 30 * MINUTE_MS;
const CADENCE: CheckCadence = { targetMs: DAY_MS, minMs: 15 * MINUTE_MS, maxMs: 18 * 60 * MINUTE_MS };

/** A fifth of the records is worth four fifths of everything. */
const PARETO_EXPONENT = 1.16;
const MOST_VALUE = 1_000;
/** The record of rank r changes as often as the first one divided by r, which is on average once in twenty days. */
const MEAN_CHANGES_PER_DAY = 0.05;
/** People do not edit one record more often for long. */
const MOST_CHANGES_PER_DAY = 4;

/**
 * Share of its place by value in a record's place by rate. With the one above, ranks are correlated by one half:
 * customers who buy more also change more. With none, value and rate have nothing to do with each other.
 */
const KINSHIPS = { related: 0.366, unrelated: 0 };

interface Subject {
  readonly id: string;
  readonly value: number;
  readonly changesPerDay: number;
}

/** What was found by checks after the rates had time to be learned. */
interface Findings {
  readonly calls: number;
  /** Each look counts for what it finds on average, so that a few valuable records do not decide by chance. */
  readonly value: number;
  readonly found: number;
  /** Sum over what was found of value x hours for which nobody knew. */
  readonly valueHours: number;
}

/**
 * How much drift a number of calls finds, each finding weighed by what its record is worth, when the records to read
 * are chosen as the checker chooses them, and when they are read in turn. In virtual time; what was found is put right.
 * The checker knows nothing of the rates but what it has found.
 */
export const checkPriorityBenchmark: Benchmark = {
  name: 'check-priority',
  run: async ({ isQuick }) => {
    const days = isQuick ? 16 : 40;
    const seeds = isQuick ? [1] : [1, 2, 3];
    return Object.entries(KINSHIPS).map(([kinship, share]) => {
      const rounds = seeds.map((seed): Round => {
        const subjects = drawSubjects(createRandom(seed), share);
        return {
          priority: byChecker(subjects, days, seed),
          inTurn: inTurn(subjects, days, seed),
          arisenPerCall: arisenPerCall(subjects),
        };
      });
      return resultOf(kinship, rounds, days);
    });
  },
};

interface Round {
  readonly priority: Findings;
  readonly inTurn: Findings;
  /** Value of what drifts from one call to the next, each change counted: no choice of records finds more. */
  readonly arisenPerCall: number;
}

function arisenPerCall(subjects: readonly Subject[]): number {
  const perDay = subjects.reduce((sum, { value, changesPerDay: rate }) => sum + value * rate, 0);
  return (perDay * EVERY_MS) / DAY_MS;
}

function resultOf(kinship: string, rounds: readonly Round[], days: number): Result {
  const ratios = rounds.map(({ priority, inTurn: turn }) => perThousand(priority) / perThousand(turn));
  const ratio = quantile(ratios, 0.5);
  const medians = (of: (findings: Findings) => number) => ({
    byPriority: rounded(
      quantile(
        rounds.map(({ priority }) => of(priority)),
        0.5,
      ),
    ),
    inTurn: rounded(
      quantile(
        rounds.map((round) => of(round.inTurn)),
        0.5,
      ),
    ),
  });
  const isRelated = kinship === 'related';
  return {
    benchmark: isRelated ? 'check-priority' : `check-priority-${kinship}`,
    verdict: !isRelated ? 'measured' : ratio >= TARGET ? 'met' : 'missed',
    ratio: rounded(ratio),
    ratios: ratios.map(rounded),
    ...(isRelated ? { target: TARGET } : {}),
    valueFoundPer1000Calls: medians(perThousand),
    mostThatCanBeFound: rounded(
      quantile(
        rounds.map((round) => 1_000 * round.arisenPerCall),
        0.5,
      ),
    ),
    unseenHoursWeighedByValue: medians(({ valueHours, found }) => valueHours / found),
    value: `Pareto ${PARETO_EXPONENT}, at most ${MOST_VALUE}`,
    changeRate: `Zipf 1, at most ${MOST_CHANGES_PER_DAY} a day, mean ${MEAN_CHANGES_PER_DAY} before that`,
    rankCorrelation: isRelated ? 0.5 : 0,
    records: RECORDS,
    recordsPerCall: CALL_RECORDS,
    minutesPerCall: EVERY_MS / MINUTE_MS,
    days,
    daysToLearn: days / 2,
  };
}

function perThousand({ value, calls }: Findings): number {
  return (1_000 * value) / calls;
}

function drawSubjects(random: () => number, share: number): readonly Subject[] {
  const draws = Array.from({ length: RECORDS }, (_, index) => {
    const place = random();
    const value = Math.min((1 - place) ** (-1 / PARETO_EXPONENT), MOST_VALUE);
    return { index, value, liveliness: share * place + (1 - share) * random() };
  });
  const harmonic = draws.reduce((sum, { index }) => sum + 1 / (index + 1), 0);
  const first = (MEAN_CHANGES_PER_DAY * RECORDS) / harmonic;
  return draws
    .toSorted((a, b) => b.liveliness - a.liveliness)
    .map(({ index, value }, rank) => ({
      index,
      value,
      changesPerDay: Math.min(first / (rank + 1), MOST_CHANGES_PER_DAY),
    }))
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, value, changesPerDay: rate }) => ({
      id: String(index).padStart(6, '0'),
      value,
      changesPerDay: rate,
    }));
}

/** What a look at a record comes to. */
interface Look {
  readonly isDrifted: boolean;
  /** Milliseconds since the last look. */
  readonly sinceMs: number;
  /** Milliseconds for which the record had drifted. */
  readonly unseenMs: number;
}

/** The moments at which records drift: once put right, a record drifts again after a random time. */
class Drift {
  readonly #random: () => number;
  readonly #driftsAt: number[];
  readonly #lookedAt: number[];

  constructor(subjects: readonly Subject[], seed: number) {
    this.#random = createRandom(1_000 + seed);
    this.#driftsAt = subjects.map((subject) => this.#next(subject, 0));
    this.#lookedAt = subjects.map(() => 0);
  }

  /** Looks at a record and puts it right. */
  look(index: number, subject: Subject, now: number): Look {
    const driftedAt = this.#driftsAt[index] ?? Number.POSITIVE_INFINITY;
    const sinceMs = now - (this.#lookedAt[index] ?? 0);
    this.#lookedAt[index] = now;
    if (driftedAt > now) return { isDrifted: false, sinceMs, unseenMs: 0 };
    this.#driftsAt[index] = this.#next(subject, now);
    return { isDrifted: true, sinceMs, unseenMs: now - driftedAt };
  }

  #next({ changesPerDay: rate }: Subject, now: number): number {
    return now - (Math.log(1 - this.#random()) * DAY_MS) / rate;
  }
}

/** Counts findings from the middle of the time on. */
class Tally {
  #calls = 0;
  #value = 0;
  #found = 0;
  #valueHours = 0;
  readonly #from: number;

  constructor(days: number) {
    this.#from = (days / 2) * DAY_MS;
  }

  call(now: number): void {
    if (now >= this.#from) this.#calls += 1;
  }

  look({ value, changesPerDay: rate }: Subject, { isDrifted, sinceMs, unseenMs }: Look, now: number): void {
    if (now < this.#from) return;
    this.#value += value * -Math.expm1((-rate * sinceMs) / DAY_MS);
    if (isDrifted) this.#found += value;
    this.#valueHours += (value * unseenMs) / (60 * MINUTE_MS);
  }

  findings(): Findings {
    return { calls: this.#calls, value: this.#value, found: this.#found, valueHours: this.#valueHours };
  }
}

function inTurn(subjects: readonly Subject[], days: number, seed: number): Findings {
  const drift = new Drift(subjects, seed);
  const tally = new Tally(days);
  let turn = 0;
  for (let now = EVERY_MS; now <= days * DAY_MS; now += EVERY_MS) {
    tally.call(now);
    for (let read = 0; read < CALL_RECORDS; read += 1) {
      const subject = subjects[turn] as Subject;
      tally.look(subject, drift.look(turn, subject, now), now);
      turn = (turn + 1) % subjects.length;
    }
  }
  return tally.findings();
}

interface Entry {
  readonly dueAt: number;
  readonly order: number;
  readonly verifiedAt: number;
  readonly count: ChangeCount;
}

/** Chooses as the checker does: of each band those that are due for the longest time, and of them the most urgent. */
function byChecker(subjects: readonly Subject[], days: number, seed: number): Findings {
  const drift = new Drift(subjects, seed);
  const tally = new Tally(days);
  const bands = Array.from({ length: CHECK_BANDS }, () => new DueHeap<Entry>());

  function schedule(order: number, count: ChangeCount, verifiedAt: number): void {
    const urgency = { value: valueOf(order), changesPerDay: changesPerDay(count, verifiedAt) };
    const dueAt = nextCheckAt(CADENCE, urgency, verifiedAt);
    bands[checkBand(urgency)]?.add({ dueAt, order, verifiedAt, count });
  }

  function valueOf(order: number): number {
    return subjects[order]?.value ?? 1;
  }

  const unchanged = { isChanged: false, isTold: false };
  for (const order of subjects.keys()) schedule(order, countChange(undefined, unchanged, 0), 0);
  for (let now = EVERY_MS; now <= days * DAY_MS; now += EVERY_MS) {
    const due = bands.map((band) => takeDue(band, now));
    const ranked = due
      .flatMap((entries, band) => entries.map((entry) => ({ entry, band })))
      .map(({ entry, band }) => {
        const rate = changesPerDay(entry.count, now);
        const priority = checkPriority(
          { value: valueOf(entry.order), changesPerDay: rate },
          now - entry.verifiedAt,
        );
        return { entry, band, priority, id: subjects[entry.order]?.id ?? '' };
      })
      .toSorted(byPriority);
    if (ranked.length > 0) tally.call(now);
    for (const { entry, band } of ranked.slice(CALL_RECORDS)) bands[band]?.add(entry);
    for (const { entry } of ranked.slice(0, CALL_RECORDS)) {
      const subject = subjects[entry.order] as Subject;
      const look = drift.look(entry.order, subject, now);
      tally.look(subject, look, now);
      const count = countChange(entry.count, { isChanged: look.isDrifted, isTold: false }, now);
      schedule(entry.order, count, now);
    }
  }
  return tally.findings();
}

function takeDue(band: DueHeap<Entry>, now: number): readonly Entry[] {
  const taken: Entry[] = [];
  while (taken.length < DUE_PER_BAND) {
    const next = band.peek();
    if (next === undefined || next.dueAt > now) break;
    band.take();
    taken.push(next);
  }
  return taken;
}

/**
 * One round of periodic checks: finds what is due, reads it in batches inside the budget, and either confirms what is
 * stored or leaves a debt for the ordinary pass. It writes to no vendor and decides nothing.
 *
 * A round that dies loses nothing: what it had not committed is still due, and what it had marked carries `wakeAt`.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { WorkDocument } from '#shared/model/work.ts';
import { set, type Snapshot } from '#shared/ports/document-store.ts';
import { policyOf } from '../sync-record/context.ts';
import { taskOfWork } from '../sync-record/wake.ts';
import type { CheckContext } from './context.ts';
import { findDue, type DueRecord } from './find-due.ts';
import { keyOfQuestion, readBatches, type Answers, type Question } from './read-batches.ts';
import {
  isBusy,
  postponed,
  settleCheck,
  systemsToRead,
  type CheckedRecord,
  type CheckOutcome,
} from './settle-check.ts';

/** Most records of one round: as many as its reads of documents and its commits have time for. */
const RECORDS_PER_ROUND = 1_000;

/** Documents asked for at once, and commits under way at once. */
const READS_AT_ONCE = 100;
const COMMITS_AT_ONCE = 20;

/** No vendor call is started later in a round, so that what was read can be committed before the next one. */
const READING_MS = 35_000;

/** How many records a round dealt with, by what came of them. */
export type CheckReport = Readonly<Record<CheckOutcome['status'] | 'lost_race', number>>;

/** A due record that can be checked, with what is to be asked about it. */
interface Planned {
  readonly checked: CheckedRecord;
  readonly work: Snapshot<WorkDocument>;
  readonly questions: readonly Question[];
}

/** Checks what is due at `now`, epoch milliseconds, most urgent first. What is left over stays due. */
export async function checkDue(context: CheckContext, now: number): Promise<CheckReport> {
  const due = (await findDue(context.ports.store, now)).slice(0, RECORDS_PER_ROUND);
  const report = { confirmed: 0, marked: 0, postponed: 0, untouched: 0, lost_race: 0 };
  const planned: Planned[] = [];
  for (const chunk of chunksOf(due, READS_AT_ONCE)) planned.push(...(await plan(context, chunk, now)));
  const questions = planned.flatMap((one) => one.questions);
  const answers = await readBatches(context, questions, now + READING_MS);
  for (const chunk of chunksOf(planned, COMMITS_AT_ONCE)) {
    const outcomes = await Promise.all(chunk.map((one) => settle(context, one, answers)));
    for (const outcome of outcomes) report[outcome] += 1;
  }
  for (const [outcome, count] of Object.entries(report))
    if (count > 0) context.ports.telemetry.count('checks', { outcome }, count);
  return report;
}

/** Reads the records of due checks. What a newer release has judged is left to it (M6). */
async function plan(
  context: CheckContext,
  due: readonly DueRecord[],
  now: number,
): Promise<readonly Planned[]> {
  const stored = await context.ports.store.getAll(due.map(({ work }) => records.at(work.value.recordId)));
  return due.flatMap(({ work }, index) => {
    const record: Snapshot<RecordDocument> | undefined = stored[index];
    if (record === undefined || record.value.release > context.release) return [];
    const policy = policyOf(context, record.value.type);
    const checked: CheckedRecord = { policy, record: record.value, work: work.value, now };
    return [{ checked, work, questions: questionsOf(checked) }];
  });
}

function questionsOf(checked: CheckedRecord): readonly Question[] {
  const { type, links, state } = checked.record;
  if (state !== 'active' || isBusy(checked)) return [];
  return systemsToRead(checked).flatMap((system) => {
    const link = links[system];
    return link === undefined ? [] : [{ system, type, nativeId: link.nativeId }];
  });
}

/** Commits what came of one check, under the version of `work` from before its systems were asked. */
async function settle(
  context: CheckContext,
  { checked, work, questions }: Planned,
  answers: Answers,
): Promise<keyof CheckReport> {
  const { store, tasks, clock } = context.ports;
  const outcome = outcomeOf({ ...checked, now: clock.now() }, questions, answers);
  if (outcome.status === 'untouched') return outcome.status;
  try {
    await store.commit([set(work.ref, outcome.work, work.version)]);
  } catch (error) {
    // Whoever was quicker has looked at the record, or made it owe a look.
    if (ConcordError.is(error, ErrorCode.conflict) || ConcordError.is(error, ErrorCode.notFound))
      return 'lost_race';
    throw error;
  }
  const task = outcome.status === 'marked' ? taskOfWork(outcome.work, clock.now()) : undefined;
  if (task !== undefined) await tasks.enqueue(task);
  return outcome.status;
}

function outcomeOf(checked: CheckedRecord, questions: readonly Question[], answers: Answers): CheckOutcome {
  const { record, work, now } = checked;
  if (record.state !== 'active')
    return { status: 'postponed', work: { ...work, checks: {}, checkDueAt: null } };
  if (questions.length === 0) return { status: 'postponed', work: postponed(work, now) };
  const answered = questions.map((question): readonly [SystemId, NonNullable<ReturnType<Answers['get']>>] => [
    question.system,
    answers.get(keyOfQuestion(question)) ?? { status: 'not_asked' },
  ]);
  return settleCheck(checked, new Map(answered));
}

function chunksOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

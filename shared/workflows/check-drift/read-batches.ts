/**
 * Reads objects of many records in batches, as far as the budget goes. A system that fails is not asked again in the
 * same round: what was meant for it counts as failed and is put off.
 */
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import type { BatchReadResult } from '#shared/connectors/connector.ts';
import type { EntityType, NativeId, SystemId } from '#shared/model/ids.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import { closeWindow, drawCalls } from '../draw-calls.ts';
import { readerOf } from '../sync-record/context.ts';
import { checkDraw, type CheckContext } from './context.ts';

/** One object to be read. */
export interface Question {
  readonly system: SystemId;
  readonly type: EntityType;
  readonly nativeId: NativeId;
}

export type Answer =
  /** `observedAt` is our time just before the call. */
  | { readonly status: 'answered'; readonly result: BatchReadResult; readonly observedAt: Instant }
  /** The call failed, or the system had failed before it. */
  | { readonly status: 'failed' }
  /** Neither budget nor time was left. It stays due. */
  | { readonly status: 'not_asked' };

/** Answers by {@link keyOfQuestion}. */
export type Answers = ReadonlyMap<string, Answer>;

export function keyOfQuestion({ system, type, nativeId }: Question): string {
  return JSON.stringify([system, type, nativeId]);
}

/**
 * Asks all questions, those of one system one batch after the other in the order given.
 *
 * @param until epoch milliseconds from which on no further call is started.
 * @throws ConcordError `invalid_configuration`; what a vendor fails at is an answer.
 */
export async function readBatches(
  context: CheckContext,
  questions: readonly Question[],
  until: number,
): Promise<Answers> {
  const systems = [...new Set(questions.map(({ system }) => system))];
  const answered = await Promise.all(
    systems.map((system) =>
      readSystem(
        context,
        questions.filter((question) => question.system === system),
        until,
      ),
    ),
  );
  return new Map(answered.flat());
}

async function readSystem(
  context: CheckContext,
  questions: readonly [Question, ...Question[]] | readonly Question[],
  until: number,
): Promise<readonly (readonly [string, Answer])[]> {
  const [first] = questions;
  if (first === undefined) return [];
  const { capabilities } = readerOf(context, first.system);
  const answers: (readonly [string, Answer])[] = [];
  let standing: 'open' | 'failed' | 'spent' = 'open';
  for (const batch of batchesOf(questions, capabilities.readBatchSize)) {
    const draw = checkDraw(context, capabilities);
    if (standing === 'open' && (draw.now >= until || (await drawCalls(context.ports.store, draw, 1)) === 0))
      standing = 'spent';
    if (standing !== 'open') {
      const answer: Answer = { status: standing === 'failed' ? 'failed' : 'not_asked' };
      answers.push(...batch.map((question) => [keyOfQuestion(question), answer] as const));
      continue;
    }
    const read = await readBatch(context, batch);
    if (read === 'failed' || read === 'rate_limited') standing = 'failed';
    if (read === 'rate_limited') await closeWindow(context.ports.store, draw);
    answers.push(
      ...batch.map((question): readonly [string, Answer] => [
        keyOfQuestion(question),
        typeof read === 'string'
          ? { status: 'failed' }
          : (read.get(question.nativeId) ?? { status: 'failed' }),
      ]),
    );
  }
  return answers;
}

async function readBatch(
  context: CheckContext,
  batch: readonly Question[],
): Promise<ReadonlyMap<NativeId, Answer> | 'failed' | 'rate_limited'> {
  const [{ system, type }] = batch as readonly [Question, ...Question[]];
  const observedAt = toInstant(context.ports.clock.now());
  try {
    const read = await readerOf(context, system).readMany(
      type,
      batch.map(({ nativeId }) => nativeId),
    );
    return new Map([...read].map(([id, result]) => [id, { status: 'answered', result, observedAt }]));
  } catch (error) {
    if (!ConcordError.is(error) || error.code === ErrorCode.invalidConfiguration) throw error;
    const fields = { system, entityType: type, code: error.code, count: batch.length };
    context.ports.telemetry.log('warning', 'check.read_failed', fields);
    return error.code === ErrorCode.vendorRateLimited ? 'rate_limited' : 'failed';
  }
}

/** Cuts the questions of one system into batches of one type each, in the order given. */
function batchesOf(questions: readonly Question[], size: number): readonly (readonly Question[])[] {
  const types = [...new Set(questions.map(({ type }) => type))];
  return types.flatMap((type) => {
    const ofType = questions.filter((question) => question.type === type);
    return Array.from({ length: Math.ceil(ofType.length / size) }, (_, index) =>
      ofType.slice(index * size, (index + 1) * size),
    );
  });
}

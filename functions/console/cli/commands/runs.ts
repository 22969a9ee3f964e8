import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import { told } from '../outcome.ts';
import { LIST_OPTIONS, moreLines, pageOf } from '../pages.ts';
import { columns, table } from '../table.ts';
import { shown, time, ToldValueSchema, words } from '../text.ts';

const RowSchema = z.object({
  id: z.string(),
  workflow: z.string(),
  recordId: z.string(),
  state: z.string(),
  cause: z.object({ kind: z.string(), id: z.string() }),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
});

const StepsSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      system: z.string(),
      status: z.string(),
      attempts: z.number(),
      reason: z.string().nullable(),
      operation: z
        .object({
          action: z.string(),
          nativeId: z.string().nullable(),
          fields: z.array(
            z.object({ path: z.string(), from: ToldValueSchema, to: ToldValueSchema, rule: z.string() }),
          ),
        })
        .nullable(),
    }),
  ),
});

const list = defineCommand({
  name: 'runs',
  about: 'Lists what was or is being carried out for records, the latest first.',
  usage: ['[--state STATE] [--workflow WORKFLOW] | --record RECORD_ID'],
  options: {
    record: { type: 'string', value: 'RECORD_ID', about: 'for this record' },
    state: { type: 'string', value: 'STATE', about: 'in this state, such as failed' },
    workflow: { type: 'string', value: 'WORKFLOW', about: 'of this workflow, such as apply-plan' },
    ...LIST_OPTIONS,
  },
  async run({ api, values: { record, ...filters } }) {
    const path = record === undefined ? '/runs' : `/records/${encodeURIComponent(record)}/runs`;
    const page = await api.read(path, pageOf(RowSchema), filters);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    const rows = items.map(({ id, workflow, state, recordId, createdAt, finishedAt }) => [
      id,
      workflow,
      words(state),
      recordId,
      time(createdAt),
      finishedAt === null ? '' : time(finishedAt),
    ]);
    const lines =
      rows.length === 0
        ? ['There are no such runs.']
        : table(['run', 'workflow', 'state', 'record', 'begun', 'ended'], rows);
    return told(page.raw, [...lines, ...moreLines(page.body, items.length)]);
  },
});

const show = defineCommand({
  name: 'runs show',
  about: 'Shows one run: what led to it, and what became of each of its steps.',
  usage: ['RUN_ID'],
  words: { least: 1, most: 1 },
  options: {},
  async run({ api, given: [id = ''] }) {
    const path = `/runs/${encodeURIComponent(id)}`;
    const run = await api.read(path, RowSchema);
    if (run.kind === 'refused') return run;
    const steps = await api.read(`${path}/steps`, StepsSchema);
    if (steps.kind === 'refused') return steps;
    return told({ run: run.raw, steps: steps.raw }, [...runLines(run.body), ...stepLines(steps.body)]);
  },
});

/** What looks at runs. */
export const RUN_COMMANDS: readonly Command[] = [list, show];

function runLines({ id, workflow, state, cause, ...run }: z.output<typeof RowSchema>): readonly string[] {
  return [
    `${id}  ${workflow}, ${words(state)}`,
    ...columns([
      ['record', run.recordId],
      ['because of', `${cause.kind} ${cause.id}`],
      ['begun', time(run.createdAt)],
      ...(run.finishedAt === null
        ? [['goes on', run.nextAttemptAt === null ? 'not by itself' : time(run.nextAttemptAt)]]
        : [['ended', time(run.finishedAt)]]),
    ]),
  ];
}

function stepLines({ items }: z.output<typeof StepsSchema>): readonly string[] {
  return items.flatMap(({ id, system, status, attempts, reason, operation }) => {
    const outcome = [words(status), ...(reason === null ? [] : [words(reason)]), `attempts ${attempts}`];
    const object = operation?.nativeId == null ? system : `${system}:${operation.nativeId}`;
    const fields = operation?.fields ?? [];
    const changes = fields.map(({ path, from, to, rule }) => [
      path,
      `${shown(from)} -> ${shown(to)}  (${rule})`,
    ]);
    return [
      '',
      `${id}  ${operation?.action ?? 'step'} ${object}: ${outcome.join(', ')}`,
      ...columns(changes).map((line) => `  ${line}`),
    ];
  });
}

import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import type { ConsoleApi } from '../console-api.ts';
import { follow } from '../follow.ts';
import { OperationRowSchema, operationRowLines } from '../operation-rows.ts';
import { misused, told, type Outcome, type Refused } from '../outcome.ts';
import { LIST_OPTIONS, moreLines, pageOf, readRows } from '../pages.ts';
import { ItemSchema } from '../plan-answers.ts';
import { itemLines } from '../plan-lines.ts';
import { columns, section } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { time, words } from '../text.ts';

const StartedSchema = z.object({
  operationId: z.string(),
  startedBy: z.string().nullable(),
  isNew: z.boolean(),
});

const OperationSchema = OperationRowSchema.extend({ progress: z.record(z.string(), z.number()) });
type Operation = z.output<typeof OperationSchema>;

const ChangedSchema = z.object({ changed: z.array(z.object({ recordId: z.string() })) });

/** What was not applied is shown with its reason, up to so many. */
const MISSED_SHOWN = 50;

const apply = defineCommand({
  name: 'apply',
  about: 'Applies a plan that was seen, and follows it to its end; or cancels or only follows one.',
  usage: [
    'PLAN_ID --hash HASH [--reason TEXT] [--confirm TEXT] [--skip-changed]',
    '--follow OPERATION',
    '--cancel OPERATION [--reason TEXT]',
  ],
  words: { least: 1, most: 1 },
  options: {
    hash: { type: 'string', value: 'HASH', about: 'of what you saw; nothing else is applied' },
    reason: { type: 'string', about: 'why, for those who read the audit later' },
    confirm: { type: 'string', value: 'TEXT', about: 'what a large plan asks to be typed' },
    'skip-changed': { type: 'boolean', about: 'leaves out records that have changed since' },
    detach: { type: 'boolean', about: 'starts it and does not wait' },
    follow: { type: 'boolean', about: 'follows what was started before' },
    cancel: { type: 'boolean', about: 'hands out nothing more; what runs ends' },
  },
  notes: ['Ctrl-C ends the following, not the operation. Ends with 0 only when everything was applied.'],
  async run({ api, terminal, given: [id = ''], values }) {
    const { hash, reason, confirm, detach } = values;
    if (values.cancel && values.follow)
      return misused('Give --cancel or --follow; cancelling follows to the end.');
    if (values.follow) return watch(api, terminal, id);
    if (values.cancel) return cancel(api, terminal, id, reason);
    if (hash === undefined) return misused('Give the --hash of what you saw: concord plan show prints it.');
    const started = await api.change(`/plans/${encodeURIComponent(id)}/apply`, StartedSchema, {
      method: 'POST',
      body: {
        hash,
        ...(reason === undefined ? {} : { reason }),
        ...(confirm === undefined ? {} : { confirmText: confirm }),
        ...(values['skip-changed'] ? { skipChanged: true } : {}),
      },
    });
    if (started.kind === 'refused') return withChanged(started);
    const { operationId, isNew, startedBy } = started.body;
    const saying = isNew
      ? `${operationId} was started.`
      : `${operationId} was started before, by ${startedBy ?? 'nobody'}.`;
    if (detach) return told(started.raw, [saying, `Follow it: concord apply --follow ${operationId}`]);
    terminal.err(saying);
    return watch(api, terminal, operationId);
  },
});

const list = defineCommand({
  name: 'operations',
  about: 'Lists plans that were started, the latest first.',
  usage: ['[--state STATE]'],
  options: {
    state: { type: 'string', value: 'STATE', about: 'in this state, such as applying' },
    ...LIST_OPTIONS,
  },
  async run({ api, values }) {
    const page = await api.read('/operations', pageOf(OperationRowSchema), values);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    return told(page.raw, [...operationRowLines(items), ...moreLines(page.body, items.length)]);
  },
});

/** What carries plans out, and tells how far that is. */
export const APPLY_COMMANDS: readonly Command[] = [apply, list];

async function cancel(
  api: ConsoleApi,
  terminal: Terminal,
  id: string,
  reason: string | undefined,
): Promise<Outcome> {
  const cancelled = await api.change(`/operations/${encodeURIComponent(id)}/cancel`, OperationRowSchema, {
    method: 'POST',
    body: reason === undefined ? {} : { reason },
  });
  if (cancelled.kind === 'refused') return cancelled;
  terminal.err('Nothing more is handed out; what runs ends.');
  const outcome = await watch(api, terminal, id);
  return outcome.kind === 'told' ? { ...outcome, isGood: true } : outcome;
}

async function watch(api: ConsoleApi, terminal: Terminal, id: string): Promise<Outcome> {
  const path = `/operations/${encodeURIComponent(id)}`;
  const followed = await follow<Operation>(terminal, {
    look: async () => {
      const operation = await api.read(path, OperationSchema);
      return operation.kind === 'refused' ? operation : { kind: 'seen', seen: operation.body };
    },
    isOver: ({ state }) => state !== 'applying',
    progress: progressText,
    patienceMs: null,
  });
  if (followed.kind === 'refused') return followed;
  const { seen } = followed;
  if (followed.kind !== 'over')
    return told(seen, [`${id} goes on without you. Follow it: concord apply --follow ${id}`], false);
  const missed = await missedLines(api, path);
  if ('kind' in missed) return missed;
  return told(seen, [...operationLines(seen), ...missed], seen.state === 'applied');
}

function progressText({ progress }: Operation): string {
  const { total = 0, pending = 0, running = 0 } = progress;
  return `${total - pending - running} of ${total} done, ${running} under way`;
}

function operationLines({ id, state, startedBy, startedAt, cancelledBy, finishedAt, progress }: Operation) {
  const counts = Object.entries(progress).filter(([name, count]) => name !== 'total' && count > 0);
  return [
    `${id}  ${words(state)}`,
    ...columns([
      ['started', `${time(startedAt)} by ${startedBy ?? 'nobody'}`],
      ...(cancelledBy === null ? [] : [['cancelled', `by ${cancelledBy}`]]),
      ['ended', time(finishedAt)],
      ['records', counts.map(([name, count]) => `${words(name)} ${count}`).join(', ') || 'none'],
    ]),
  ];
}

/** What could not be applied, each with its reason, and how to look at it anew. */
async function missedLines(api: ConsoleApi, path: string): Promise<readonly string[] | Refused> {
  const lines: string[] = [];
  for (const status of ['refused', 'failed']) {
    const items = await readRows(api, `${path}/items`, ItemSchema, { query: { status }, most: MISSED_SHOWN });
    if (items.kind === 'refused') return items;
    lines.push(...section(`${words(status)}: ${items.total}`, items.rows.flatMap(itemLines)));
  }
  const id = path.split('/').at(-1) ?? '';
  return lines.length === 0 ? [] : [...lines, '', `Look at them anew: concord plan --refused-of ${id}`];
}

/** Names the records that are not as they were seen. */
function withChanged(refused: Refused): Refused {
  const changed = ChangedSchema.safeParse(refused.problem.body);
  if (!changed.success) return refused;
  const ids = changed.data.changed.map(({ recordId }) => recordId);
  const detail = `${refused.problem.detail} Changed: ${ids.join(', ')}. To leave them out: --skip-changed.`;
  return { ...refused, problem: { ...refused.problem, detail } };
}

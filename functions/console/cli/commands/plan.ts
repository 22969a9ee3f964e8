import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import type { ConsoleApi } from '../console-api.ts';
import { follow } from '../follow.ts';
import { misused, told, type Misused, type Outcome } from '../outcome.ts';
import { readRows, wholeNumber } from '../pages.ts';
import { ItemSchema, PlanSchema, type PlanAnswer } from '../plan-answers.ts';
import { planLines } from '../plan-lines.ts';
import {
  crosswalkRequest,
  PLAN_OPTIONS,
  planRequest,
  type PlanRequest,
  type PlanValues,
} from '../plan-request.ts';
import type { Terminal } from '../terminal.ts';

const ITEMS_SHOWN = 20;
const LIMIT = {
  type: 'string',
  value: 'NUMBER',
  about: `shows so many items at most; else ${ITEMS_SHOWN}`,
} as const;
const REASON = { type: 'string', about: 'why, for those who read the audit later' } as const;

const MeSchema = z.object({ scope: z.object({ entityTypes: z.array(z.string()) }) });

const make = defineCommand({
  name: 'plan',
  about: 'Shows what would be decided and written, for whom and why. Writes nothing to anybody.',
  usage: [
    '--record RECORD_ID [--by-owner | --from SYSTEM] [--adopt FIELD=SYSTEM] [--set FIELD=TEXT] ...',
    '--record RECORD_ID --loss SYSTEM=carry|unlink|recreate',
    '--type TYPE [--dimension DIMENSION] [--class CLASS] [--cause CAUSE] [--system SYSTEM] ...',
    '--group KEY | --guard KEY | --undo RUN_ID | --refused-of PLAN_ID | --onboarding',
    '--crosswalk FILE [--type TYPE]',
  ],
  options: { ...PLAN_OPTIONS, limit: LIMIT },
  notes: [
    'Where single fields are decided, the others are left alone unless --by-owner or --from is given as well.',
    'What is shown is kept for a while, and is what concord apply applies.',
  ],
  async run({ api, terminal, values }) {
    const most = wholeNumber('limit', values.limit, ITEMS_SHOWN);
    if (typeof most === 'object') return most;
    const me = await api.read('/me', MeSchema);
    if (me.kind === 'refused') return me;
    const request = await requestOf(terminal, values, me.body.scope.entityTypes);
    if (request.kind === 'misused') return request;
    const begun = await api.change('/plans', PlanSchema, { method: 'POST', body: request.body });
    if (begun.kind === 'refused') return begun;
    const { id } = begun.body;
    const followed = await follow<PlanAnswer>(terminal, {
      look: async () => {
        const plan = await api.read(`/plans/${id}`, PlanSchema);
        return plan.kind === 'refused' ? plan : { kind: 'seen', seen: plan.body };
      },
      isOver: ({ state }) => state !== 'building',
      progress: ({ totals }) => `${id}: ${totals.examined} records examined`,
      patienceMs: null,
    });
    if (followed.kind === 'refused') return followed;
    if (followed.kind === 'over') return tell(api, id, most);
    return told(
      followed.seen,
      [`${id} is still being made; look at it with concord plan show ${id}.`],
      false,
    );
  },
});

const show = defineCommand({
  name: 'plan show',
  about: 'Shows a plan: what it comes to, and what it holds for each record.',
  usage: ['PLAN_ID [--status STATUS]'],
  words: { least: 1, most: 1 },
  options: {
    status: {
      type: 'string',
      value: 'STATUS',
      about: 'items in this status alone, such as blocked or refused',
    },
    limit: LIMIT,
  },
  async run({ api, given: [id = ''], values: { status, limit } }) {
    const most = wholeNumber('limit', limit, ITEMS_SHOWN);
    return typeof most === 'object' ? most : tell(api, id, most, status);
  },
});

const approve = defineCommand({
  name: 'plan approve',
  about: "Stands up for somebody else's plan, so that it may be applied.",
  usage: ['PLAN_ID --hash HASH [--reason TEXT]'],
  words: { least: 1, most: 1 },
  options: { hash: { type: 'string', value: 'HASH', about: 'of what you saw' }, reason: REASON },
  async run({ api, given: [id = ''], values: { hash, reason } }) {
    if (hash === undefined) return misused('Give the --hash of what you saw: concord plan show prints it.');
    return say(api, `${id}/approve`, { hash, ...(reason === undefined ? {} : { reason }) });
  },
});

const discard = defineCommand({
  name: 'plan discard',
  about: 'Drops a plan that was not applied.',
  usage: ['PLAN_ID [--reason TEXT]'],
  words: { least: 1, most: 1 },
  options: { reason: REASON },
  run: ({ api, given: [id = ''], values: { reason } }) =>
    say(api, `${id}/discard`, reason === undefined ? {} : { reason }),
});

/** What previews writes, and settles what becomes of a preview. */
export const PLAN_COMMANDS: readonly Command[] = [make, show, approve, discard];

async function requestOf(
  terminal: Terminal,
  values: PlanValues,
  types: readonly string[],
): Promise<PlanRequest | Misused> {
  if (values.crosswalk === undefined) return planRequest(values, types);
  const text = await terminal.readText(values.crosswalk);
  return text === null
    ? misused(`The file ${values.crosswalk} cannot be read.`)
    : crosswalkRequest(values, types, text);
}

async function tell(api: ConsoleApi, id: string, most: number, status?: string): Promise<Outcome> {
  const path = `/plans/${encodeURIComponent(id)}`;
  const plan = await api.read(path, PlanSchema);
  if (plan.kind === 'refused') return plan;
  const items = await readRows(api, `${path}/items`, ItemSchema, { query: { status }, most });
  if (items.kind === 'refused') return items;
  return told({ plan: plan.raw, items: items.rows }, planLines(plan.body, items.rows, items.total));
}

async function say(api: ConsoleApi, what: string, body: object): Promise<Outcome> {
  const plan = await api.change(`/plans/${what}`, PlanSchema, { method: 'POST', body });
  return plan.kind === 'refused' ? plan : told(plan.raw, planLines(plan.body, [], 0));
}

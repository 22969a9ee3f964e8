import { z } from 'zod';
import { defineCommand } from '../command.ts';
import type { ConsoleApi } from '../console-api.ts';
import { misused, told, type Refused } from '../outcome.ts';
import { columns } from '../table.ts';
import { SaidSchema, saidText, shown, time, ToldValueSchema, words } from '../text.ts';

const system = z.string();
const maybe = z.string().nullable();

const EntrySchema = z.object({
  kind: z.enum(['accepted', 'written', 'refused', 'decided']),
  system: maybe,
  before: SaidSchema,
  after: SaidSchema,
  rule: maybe,
  recordedAt: z.string(),
  trueSince: maybe,
});

const LinkSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), system, key: z.string(), receivedAt: maybe, reason: maybe }),
  z.object({ kind: z.literal('observation'), system: maybe, what: z.string() }),
  z.object({ kind: z.literal('plan'), planId: z.string() }),
  z.object({
    kind: z.literal('run'),
    runId: z.string(),
    workflow: z.string(),
    state: z.string(),
    createdAt: z.string(),
  }),
  EntrySchema,
  z.object({ kind: z.literal('read_back'), system, at: z.string(), detail: z.string() }),
]);
type Link = z.output<typeof LinkSchema>;

const WhySchema = z.object({
  field: z.string(),
  system,
  says: ToldValueSchema,
  holdsTrue: ToldValueSchema,
  rule: maybe,
  chain: z.array(LinkSchema),
  stoppedBy: z
    .object({
      code: z.string(),
      verdict: z.string(),
      sentence: z.string(),
      suggestions: z.array(z.string()),
    })
    .nullable(),
});
type Why = z.output<typeof WhySchema>;

const SystemsSchema = z.object({ representations: z.array(z.object({ system })) });

/** How a field came to say what it says. */
export const whyCommand = defineCommand({
  name: 'why',
  about: 'Tells how a field came to say what it says in a system, or what keeps a change from being carried.',
  usage: ['RECORD_ID --field FIELD [--system SYSTEM] [--at TIME]'],
  words: { least: 1, most: 1 },
  options: {
    field: { type: 'string', value: 'FIELD', about: 'which field, such as phone' },
    system: {
      type: 'string',
      value: 'SYSTEM',
      about: 'where; else in every system that may hold the record',
    },
    at: { type: 'string', value: 'TIME', about: 'as of then, such as 2026-11-20T10:00:00Z' },
  },
  async run({ api, given: [id = ''], values: { field, system: only, at } }) {
    if (field === undefined) return misused('Say which field with --field.');
    const path = `/records/${encodeURIComponent(id)}`;
    const systems = only === undefined ? await systemsOf(api, path) : [only];
    if ('kind' in systems) return systems;
    const answers: { readonly raw: unknown; readonly body: Why }[] = [];
    for (const one of systems) {
      const answer = await api.read(`${path}/why`, WhySchema, { field, system: one, at });
      if (answer.kind === 'refused') return answer;
      answers.push(answer);
    }
    const lines = answers.flatMap(({ body }, index) => [...(index === 0 ? [] : ['']), ...whyLines(body)]);
    return told({ items: answers.map(({ raw }) => raw) }, lines);
  },
});

async function systemsOf(api: ConsoleApi, path: string): Promise<readonly string[] | Refused> {
  const view = await api.read(path, SystemsSchema);
  return view.kind === 'refused' ? view : view.body.representations.map((one) => one.system);
}

function whyLines({ field, system: where, says, holdsTrue, rule, chain, stoppedBy }: Why): readonly string[] {
  return [
    `${field} in ${where} says ${shown(says)}; ${shown(holdsTrue)} holds true  (${rule ?? 'no rule'})`,
    ...(chain.length === 0
      ? ['  Nothing is known of how it came about.']
      : columns(chain.map(linkCells)).map((line) => `  ${line}`)),
    ...(stoppedBy === null
      ? []
      : [
          `  ${words(stoppedBy.verdict)} (${stoppedBy.code}): ${stoppedBy.sentence}`,
          `  Suggested: ${stoppedBy.suggestions.map(words).join(', ') || 'nothing'}`,
        ]),
  ];
}

/** When, what, and by which name to look further. */
function linkCells(link: Link): readonly string[] {
  switch (link.kind) {
    case 'event':
      return [
        link.receivedAt === null ? '' : time(link.receivedAt),
        'event',
        `${link.system} ${link.key}${link.reason === null ? '' : `, ${words(link.reason)}`}`,
      ];
    case 'observation':
      return ['', 'observation', [link.system, link.what].filter(Boolean).join(' ')];
    case 'plan':
      return ['', 'plan', link.planId];
    case 'run':
      return [time(link.createdAt), 'run', `${link.runId} of ${link.workflow}, ${words(link.state)}`];
    case 'read_back':
      return [time(link.at), 'read back', `${link.system}: ${words(link.detail)}`];
    case 'accepted':
    case 'written':
    case 'refused':
    case 'decided':
      return [
        time(link.recordedAt),
        words(link.kind),
        `${link.system ?? 'nobody'}: ${saidText(link.before)} -> ${saidText(link.after)}${link.rule === null ? '' : `  (${link.rule})`}`,
      ];
  }
}

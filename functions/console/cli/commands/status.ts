import { z } from 'zod';
import { defineCommand } from '../command.ts';
import type { Answer } from '../console-api.ts';
import { discrepancyGroupLines, DiscrepancyGroupsSchema } from '../discrepancy-groups.ts';
import { OperationRowSchema, operationRowLines } from '../operation-rows.ts';
import { told, type Refused } from '../outcome.ts';
import { pageOf } from '../pages.ts';
import { SettingsSchema, settingsLines } from '../settings.ts';
import { columns, section } from '../table.ts';
import { counted, time, words } from '../text.ts';

const MeSchema = z.object({
  user: z.object({ id: z.string() }),
  role: z.string(),
  client: z.object({ id: z.string() }),
  build: z.object({ release: z.number() }),
});

const HealthSchema = z.object({
  overall: z.object({ state: z.string(), reasons: z.array(z.string()) }),
  asOf: z.string(),
  debts: z.object({ overdue: z.number(), oldestDueAt: z.string().nullable() }).nullable(),
  quarantine: z.object({ total: z.number(), deadLetters: z.number() }).nullable(),
});
type Health = z.output<typeof HealthSchema>;

/** How the mesh stands, and what waits for somebody. */
export const statusCommand = defineCommand({
  name: 'status',
  about: 'Shows how the mesh stands: health, modes, pauses and what waits for somebody.',
  usage: [''],
  options: {},
  notes: ['Ends with 1 unless the mesh is operational.'],
  async run({ api }) {
    const me = await api.read('/me', MeSchema);
    if (me.kind === 'refused') return me;
    const health = await api.read('/health', HealthSchema);
    if (health.kind === 'refused') return health;
    const settings = asFarAsSeen(await api.read('/settings', SettingsSchema));
    if (settings.kind === 'refused') return settings;
    const open = await api.read('/discrepancies/groups', DiscrepancyGroupsSchema, { by: 'cause' });
    if (open.kind === 'refused') return open;
    const running = asFarAsSeen(
      await api.read('/operations', pageOf(OperationRowSchema), { state: 'applying' }),
    );
    if (running.kind === 'refused') return running;
    const { user, role, client, build } = me.body;
    return told(
      {
        me: me.raw,
        health: health.raw,
        settings: rawOf(settings),
        discrepancies: open.raw,
        operations: rawOf(running),
      },
      [
        `${client.id}, release ${build.release}, seen by ${user.id} (${role}) at ${time(health.body.asOf)}`,
        ...section('Health', healthLines(health.body)),
        ...section('Switches', settings.kind === 'hidden' ? NOT_SHOWN : settingsLines(settings.body)),
        ...section('Open discrepancies by cause', discrepancyGroupLines(open.body)),
        ...section(
          'Plans being applied',
          running.kind === 'hidden' ? NOT_SHOWN : operationRowLines(running.body.items),
        ),
      ],
      health.body.overall.state === 'operational',
    );
  },
});

const NOT_SHOWN = ['Your role does not see them.'];

/** What a role may not see is left out of the whole; any other refusal is told. */
function asFarAsSeen<T>(answer: Answer<T> | Refused): Answer<T> | Refused | { readonly kind: 'hidden' } {
  return answer.kind === 'refused' && answer.problem.code === 'forbidden' ? { kind: 'hidden' } : answer;
}

function rawOf(seen: Answer<unknown> | { readonly kind: 'hidden' }): unknown {
  return seen.kind === 'hidden' ? null : seen.raw;
}

function healthLines({ overall, debts, quarantine }: Health): readonly string[] {
  return columns([
    ['state', [words(overall.state), ...overall.reasons.map(words)].join(', ')],
    [
      'overdue work',
      debts === null
        ? 'cannot be told'
        : debts.overdue === 0
          ? 'none'
          : `${debts.overdue}, the oldest since ${time(debts.oldestDueAt)}`,
    ],
    [
      'quarantine',
      quarantine === null
        ? 'cannot be told'
        : quarantine.total === 0
          ? 'empty'
          : `${counted(quarantine.total, 'message')}, of them ${counted(quarantine.deadLetters, 'dead letter')}`,
    ],
  ]);
}

import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import { discrepancyGroupLines, DiscrepancyGroupsSchema } from '../discrepancy-groups.ts';
import { misused, told } from '../outcome.ts';
import { LIST_OPTIONS, moreLines, pageOf } from '../pages.ts';
import { columns, section, table } from '../table.ts';
import { counted, shown, time, ToldValueSchema, words } from '../text.ts';

const RowSchema = z.object({
  id: z.string(),
  recordId: z.string(),
  dimension: z.string(),
  class: z.string(),
  cause: z.string(),
  sentence: z.string(),
  suggestions: z.array(z.string()),
  status: z.string(),
  openedAt: z.string(),
});

const OccurrenceSchema = z.object({
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  closedBy: z.object({ kind: z.string(), id: z.string().nullable() }).nullable(),
});

const ViewSchema = RowSchema.omit({ cause: true, sentence: true }).extend({
  cause: z.object({
    code: z.string(),
    sentence: z.string(),
    evidence: z.array(z.looseObject({ kind: z.string() })),
  }),
  assignee: z.string().nullable(),
  suppressedUntil: z.string().nullable(),
  reason: z.string().nullable(),
  fields: z.array(
    z.object({
      path: z.string(),
      verdict: z.string(),
      cause: z.string(),
      rule: z.string(),
      values: z.record(z.string(), ToldValueSchema),
      golden: ToldValueSchema,
    }),
  ),
  occurrences: z.object({ count: z.number(), last: z.array(OccurrenceSchema) }),
});
type View = z.output<typeof ViewSchema>;

const HandledSchema = z.object({ id: z.string(), status: z.string() });

const list = defineCommand({
  name: 'discrepancies',
  about: 'Lists what is not as it should be, the worst first, or counts it by its cause.',
  usage: ['[--cause CAUSE] [--class CLASS] [--type TYPE] ...', '--by group|cause|type|dimension|class'],
  options: {
    by: { type: 'string', value: 'WHAT', about: 'counts by it in place of listing' },
    cause: { type: 'string', value: 'CAUSE', about: 'with this cause, such as both_moved' },
    class: { type: 'string', value: 'CLASS', about: 'with this verdict, such as hard_conflict' },
    type: { type: 'string', value: 'TYPE', about: 'of records of this type' },
    dimension: { type: 'string', value: 'DIMENSION', about: 'in this dimension' },
    record: { type: 'string', value: 'RECORD_ID', about: 'of this record' },
    group: { type: 'string', value: 'KEY', about: 'of this group, as --by group names it' },
    assignee: { type: 'string', value: 'WHO', about: 'assigned to them' },
    status: { type: 'string', value: 'STATUS', about: 'in this status; else whatever asks for attention' },
    ...LIST_OPTIONS,
  },
  async run({ api, values: { by, ...filters } }) {
    if (by !== undefined) {
      if (Object.values(filters).some((filter) => filter !== undefined))
        return misused('--by counts all that is open; leave the filters out.');
      const groups = await api.read('/discrepancies/groups', DiscrepancyGroupsSchema, { by });
      return groups.kind === 'refused' ? groups : told(groups.raw, discrepancyGroupLines(groups.body));
    }
    const page = await api.read('/discrepancies', pageOf(RowSchema), filters);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    if (items.length === 0) return told(page.raw, ['There are no such discrepancies.']);
    const lines = items.flatMap(({ id, sentence, suggestions, status, openedAt, ...row }) => [
      `${id}  ${words(row.class)} (${row.cause}), ${words(status)} since ${time(openedAt)}`,
      `  ${sentence}`,
      ...suggestionLines(suggestions).map((line) => `  ${line}`),
    ]);
    return told(page.raw, [...lines, ...moreLines(page.body, items.length)]);
  },
});

const show = defineCommand({
  name: 'discrepancies show',
  about: 'Shows one discrepancy: why, by what evidence, and how often it came about.',
  usage: ['DISCREPANCY_ID'],
  words: { least: 1, most: 1 },
  options: {},
  async run({ api, given: [id = ''] }) {
    const view = await api.read(pathOf(id), ViewSchema);
    return view.kind === 'refused' ? view : told(view.raw, viewLines(view.body));
  },
});

const acknowledge = defineCommand({
  name: 'discrepancies acknowledge',
  about: 'Notes that somebody knows of a discrepancy. Another difference asks for attention again.',
  usage: ['DISCREPANCY_ID [--reason TEXT]'],
  words: { least: 1, most: 1 },
  options: { reason: { type: 'string', about: 'why it may stay as it is for now' } },
  async run({ api, given: [id = ''], values: { reason } }) {
    const body = reason === undefined ? {} : { reason };
    const done = await api.change(`${pathOf(id)}/acknowledge`, HandledSchema, { method: 'POST', body });
    return done.kind === 'refused'
      ? done
      : told(done.raw, [`${done.body.id} is ${words(done.body.status)}.`]);
  },
});

const suppress = defineCommand({
  name: 'discrepancies suppress',
  about: 'Hides a discrepancy until a time. It is compared all the same.',
  usage: ['DISCREPANCY_ID --until TIME --reason TEXT'],
  words: { least: 1, most: 1 },
  options: {
    until: { type: 'string', value: 'TIME', about: 'shown again then, such as 2026-11-20T18:00:00Z' },
    reason: { type: 'string', about: 'why, for those who read the audit later' },
  },
  async run({ api, given: [id = ''], values: { until, reason } }) {
    if (until === undefined || reason === undefined)
      return misused('Say until when with --until, and why with --reason.');
    const done = await api.change(`${pathOf(id)}/suppress`, HandledSchema, {
      method: 'POST',
      body: { until, reason },
    });
    return done.kind === 'refused'
      ? done
      : told(done.raw, [`${done.body.id} is hidden until ${time(until)}.`]);
  },
});

/** What looks at discrepancies and says something of them. Nothing here resolves one. */
export const DISCREPANCY_COMMANDS: readonly Command[] = [list, show, acknowledge, suppress];

function pathOf(id: string): string {
  return `/discrepancies/${encodeURIComponent(id)}`;
}

function suggestionLines(suggestions: readonly string[]): readonly string[] {
  return suggestions.length === 0 ? [] : [`Suggested: ${suggestions.map(words).join(', ')}`];
}

function viewLines(view: View): readonly string[] {
  const { id, recordId, status, openedAt, cause, assignee, suppressedUntil, reason, suggestions } = view;
  return [
    id,
    `${words(view.class)} (${cause.code}), ${words(status)} since ${time(openedAt)}, record ${recordId}`,
    cause.sentence,
    ...suggestionLines(suggestions),
    ...(assignee === null ? [] : [`Assigned to ${assignee}.`]),
    ...(suppressedUntil === null ? [] : [`Hidden until ${time(suppressedUntil)}.`]),
    ...(reason === null ? [] : [`Noted: ${reason}`]),
    ...section('Fields', fieldLines(view)),
    ...section('Evidence', evidenceLines(cause.evidence)),
    ...section('Occurrences', occurrenceLines(view)),
  ];
}

function fieldLines({ fields }: View): readonly string[] {
  const systems = [...new Set(fields.flatMap(({ values }) => Object.keys(values)))];
  return table(
    ['field', 'holds true', ...systems, 'stands', 'rule'],
    fields.map(({ path, golden, values, verdict, cause, rule }) => [
      path,
      shown(golden),
      ...systems.map((system) => shown(values[system])),
      `${words(verdict)} (${cause})`,
      rule,
    ]),
  );
}

/** Kinds of evidence carry different members; each is told as it came. */
function evidenceLines(evidence: View['cause']['evidence']): readonly string[] {
  if (evidence.length === 0) return ['None: nothing that is known explains it.'];
  return columns(
    evidence.map(({ kind, ...facts }) => [
      kind,
      Object.entries(facts)
        .filter(([, fact]) => fact !== null)
        .map(([name, fact]) => `${name} ${typeof fact === 'string' ? fact : JSON.stringify(fact)}`)
        .join(', '),
    ]),
  );
}

function occurrenceLines({ occurrences }: View): readonly string[] {
  return [
    ...occurrences.last.map(({ openedAt, closedAt, closedBy }) =>
      closedAt === null
        ? `${time(openedAt)} until now`
        : `${time(openedAt)} until ${time(closedAt)}, closed by ${[closedBy?.kind, closedBy?.id].filter(Boolean).join(' ')}`,
    ),
    ...(occurrences.count > occurrences.last.length ? [`${counted(occurrences.count, 'time')} in all.`] : []),
  ];
}

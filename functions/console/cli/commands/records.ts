import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import { told } from '../outcome.ts';
import { LIST_OPTIONS, moreLines, pageOf } from '../pages.ts';
import { columns, section, table } from '../table.ts';
import { counted, SaidSchema, saidText, shown, time, ToldValueSchema, words } from '../text.ts';

const RowSchema = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  ids: z.record(z.string(), z.string()),
  worst: z.object({ verdict: z.string(), dimensions: z.number() }),
  verifiedAt: z.string().nullable(),
});
type Row = z.output<typeof RowSchema>;

const FoundSchema = z.object({
  matches: z.array(RowSchema),
  searched: z.array(z.object({ by: z.string(), system: z.string().nullable(), type: z.string().nullable() })),
});

const CellSchema = z.object({ presence: z.string(), raw: ToldValueSchema.optional() });

/** A record as it stands, or with `at` as it stood: of the past, less is known. */
const ViewSchema = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  lifecycle: z.string(),
  asOf: z.string(),
  state: z.string().optional(),
  worst: z.string().optional(),
  mergedInto: z.string().nullish(),
  pending: z.array(z.string()).default([]),
  dimensions: z.array(
    z.object({
      dimension: z.string(),
      verdict: z.string(),
      cause: z.string().optional(),
      freshness: z.object({ state: z.string() }).optional(),
      verifiedAt: z.string().nullish(),
      nextCheckAt: z.string().nullish(),
    }),
  ),
  representations: z.array(
    z.object({
      system: z.string(),
      nativeId: z.string().nullable(),
      changedAt: z.string().nullish(),
      readAt: z.string().nullish(),
    }),
  ),
  fields: z.array(
    z.object({
      path: z.string(),
      rule: z.string().nullable(),
      verdict: z.string().optional(),
      cause: z.string().optional(),
      golden: z.object({ value: ToldValueSchema }).nullable(),
      values: z.record(z.string(), CellSchema),
    }),
  ),
});
type View = z.output<typeof ViewSchema>;

const EntrySchema = z.object({
  kind: z.string(),
  recordedAt: z.string(),
  system: z.string().nullable(),
  path: z.string().nullable(),
  before: SaidSchema,
  after: SaidSchema,
  rule: z.string().nullable(),
  cause: z.object({ kind: z.string(), id: z.string() }),
});

const find = defineCommand({
  name: 'records find',
  about: 'Finds a record by its id, an id in any system, or its address.',
  usage: ['TEXT'],
  words: { least: 1, most: 1 },
  options: {},
  notes: ['SYSTEM:ID asks one system only, such as hubspot:501.'],
  async run({ api, given: [q] }) {
    const found = await api.read('/resolve', FoundSchema, { q });
    if (found.kind === 'refused') return found;
    const { matches, searched } = found.body;
    if (matches.length > 0) return told(found.raw, rowLines(matches));
    const where = searched.map(({ by, system, type }) =>
      [words(by), type, system].filter(Boolean).join(' of '),
    );
    return told(found.raw, [`Nothing was found. Looked by: ${where.join(', ')}.`], false);
  },
});

const list = defineCommand({
  name: 'records list',
  about: 'Lists records, by how they stand.',
  usage: ['[--type TYPE] [--class CLASS] [--dimension DIMENSION] [--system SYSTEM] [--state STATE]'],
  options: {
    type: { type: 'string', value: 'TYPE', about: 'of this type, such as customer' },
    class: { type: 'string', value: 'CLASS', about: 'with this verdict, such as hard_conflict' },
    dimension: { type: 'string', value: 'DIMENSION', about: 'in this dimension, such as profile' },
    system: { type: 'string', value: 'SYSTEM', about: 'held by this system' },
    state: { type: 'string', value: 'STATE', about: 'provisional, active or merged' },
    ...LIST_OPTIONS,
  },
  async run({ api, values: { dimension, ...filters } }) {
    const page = await api.read('/records', pageOf(RowSchema), {
      type: filters.type,
      class: filters.class,
      dim: dimension,
      system: filters.system,
      state: filters.state,
      limit: filters.limit,
      cursor: filters.cursor,
    });
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    const lines = items.length === 0 ? ['There are no such records.'] : rowLines(items);
    return told(page.raw, [...lines, ...moreLines(page.body, items.length)]);
  },
});

const show = defineCommand({
  name: 'records show',
  about: 'Shows one record across all systems, as it stands or as it stood.',
  usage: ['RECORD_ID [--at TIME]'],
  words: { least: 1, most: 1 },
  options: { at: { type: 'string', value: 'TIME', about: 'as it stood then, such as 2026-11-20T10:00:00Z' } },
  async run({ api, given: [id = ''], values: { at } }) {
    const view = await api.read(`/records/${encodeURIComponent(id)}`, ViewSchema, { at });
    return view.kind === 'refused' ? view : told(view.raw, viewLines(view.body));
  },
});

const history = defineCommand({
  name: 'records history',
  about: 'Tells what happened to a record and why, the latest first.',
  usage: ['RECORD_ID'],
  words: { least: 1, most: 1 },
  options: LIST_OPTIONS,
  async run({ api, given: [id = ''], values }) {
    const page = await api.read(`/records/${encodeURIComponent(id)}/history`, pageOf(EntrySchema), values);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    const rows = items.map(({ recordedAt, kind, system, path, before, after, rule, cause }) => [
      time(recordedAt),
      words(kind),
      [system, path].filter(Boolean).join('.'),
      `${saidText(before)} -> ${saidText(after)}`,
      `${cause.kind} ${cause.id}${rule === null ? '' : ` (${rule})`}`,
    ]);
    const lines = table(['when', 'what', 'where', 'before -> after', 'because of'], rows);
    return told(page.raw, [...lines, ...moreLines(page.body, items.length)]);
  },
});

/** What looks for records and at them. */
export const RECORD_COMMANDS: readonly Command[] = [find, list, show, history];

function rowLines(rows: readonly Row[]): readonly string[] {
  return table(
    ['record', 'type', 'stands', 'checked', 'held by', 'title'],
    rows.map(({ id, type, worst, verifiedAt, ids, title }) => [
      id,
      type,
      words(worst.verdict),
      time(verifiedAt),
      Object.entries(ids)
        .map(([system, nativeId]) => `${system}:${nativeId}`)
        .join(' '),
      title,
    ]),
  );
}

function viewLines(view: View): readonly string[] {
  const { id, type, title, lifecycle, state, worst, mergedInto, pending, asOf } = view;
  const stands = worst === undefined ? `as it stood at ${time(asOf)}` : words(worst);
  return [
    `${title}  ${type} ${id}`,
    [stands, `lifecycle ${lifecycle}`, ...(state === undefined || state === 'active' ? [] : [state])].join(
      ', ',
    ),
    ...(mergedInto == null ? [] : [`It was merged into ${mergedInto}.`]),
    ...(pending.length === 0
      ? []
      : [`Owed a look at ${counted(pending.length, 'system')}: ${pending.join(', ')}.`]),
    ...section('Systems', systemLines(view)),
    ...section('Dimensions', dimensionLines(view)),
    ...section('Fields', fieldLines(view)),
  ];
}

function systemLines({ representations }: View): readonly string[] {
  return columns(
    representations.map(({ system, nativeId, changedAt, readAt }) => [
      system,
      nativeId ?? 'not held',
      ...(readAt === undefined ? [] : [`changed ${time(changedAt)}`, `read ${time(readAt)}`]),
    ]),
  );
}

function dimensionLines({ dimensions }: View): readonly string[] {
  return columns(
    dimensions.map(({ dimension, verdict, cause, verifiedAt, freshness, nextCheckAt }) => [
      dimension,
      words(verdict),
      ...(cause === undefined
        ? []
        : [words(cause), `checked ${time(verifiedAt)}`, freshness?.state ?? '', `next ${time(nextCheckAt)}`]),
    ]),
  );
}

function fieldLines({ fields, representations }: View): readonly string[] {
  const systems = representations.map(({ system }) => system);
  const cell = (values: View['fields'][number]['values'], system: string): string => {
    const said = values[system];
    return said?.raw === undefined ? words(said?.presence ?? 'not_read') : shown(said.raw);
  };
  return table(
    ['field', 'holds true', ...systems, 'stands', 'rule'],
    fields.map(({ path, golden, values, verdict, cause, rule }) => [
      path,
      shown(golden?.value),
      ...systems.map((system) => cell(values, system)),
      verdict === undefined ? '' : `${words(verdict)} (${words(cause ?? '')})`,
      rule ?? 'no rule',
    ]),
  );
}

import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import { told } from '../outcome.ts';
import { LIST_OPTIONS, moreLines, pageOf } from '../pages.ts';
import { table } from '../table.ts';
import { time } from '../text.ts';

const GuardSchema = z.object({
  key: z.string(),
  isClosed: z.boolean(),
  closedAt: z.string(),
  closedUntil: z.string(),
  counted: z.number(),
  limit: z.number(),
  held: z.number(),
});

const HeldSchema = z.object({
  recordId: z.string(),
  title: z.string(),
  since: z.string(),
  heldAt: z.string(),
  released: z.object({ by: z.string(), at: z.string() }).nullable(),
});

const list = defineCommand({
  name: 'guards',
  about: 'Lists mass guards that have stopped something: whether they are closed, and how much they hold.',
  usage: [''],
  options: LIST_OPTIONS,
  notes: ['What a guard holds passes by a plan of it: concord plan --guard KEY.'],
  async run({ api, values }) {
    const page = await api.read('/guards', pageOf(GuardSchema), values);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    if (items.length === 0) return told(page.raw, ['No mass guard was ever closed.']);
    const rows = items.map(({ key, isClosed, closedUntil, held, counted, limit }) => [
      key,
      isClosed ? `closed until ${time(closedUntil)}` : 'open',
      String(held),
      `${counted} of ${limit}`,
    ]);
    const lines = table(['guard', 'stands', 'holds', 'counted'], rows);
    return told(page.raw, [...lines, ...moreLines(page.body, items.length)]);
  },
});

const held = defineCommand({
  name: 'guards held',
  about: 'Lists the records that a mass guard holds.',
  usage: ['KEY'],
  words: { least: 1, most: 1 },
  options: LIST_OPTIONS,
  async run({ api, given: [key = ''], values }) {
    const page = await api.read(`/guards/${encodeURIComponent(key)}/held`, pageOf(HeldSchema), values);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    if (items.length === 0) return told(page.raw, ['It holds nothing.']);
    const rows = items.map(({ recordId, title, since, released }) => [
      recordId,
      title,
      time(since),
      released === null ? 'waits' : `released by ${released.by} ${time(released.at)}`,
    ]);
    const lines = table(['record', 'title', 'since', 'stands'], rows);
    return told(page.raw, [...lines, ...moreLines(page.body, items.length)]);
  },
});

/** What mass guards hold back. */
export const GUARD_COMMANDS: readonly Command[] = [list, held];

import { z } from 'zod';
import { defineCommand, type Command } from '../command.ts';
import type { ConsoleApi } from '../console-api.ts';
import { misused, told, type Outcome } from '../outcome.ts';
import { LIST_OPTIONS, moreLines, pageOf } from '../pages.ts';
import { columns } from '../table.ts';
import { words } from '../text.ts';

const PartySchema = z.object({
  recordId: z.string(),
  title: z.string().nullable(),
  objects: z.array(z.object({ system: z.string(), nativeId: z.string() })),
});

const ConflictSchema = z.object({
  id: z.string(),
  cause: z.string(),
  sentence: z.string(),
  suggestions: z.array(z.string()),
  record: PartySchema,
  candidates: z.array(PartySchema.extend({ evidence: z.string() })),
  survivors: z.record(z.string(), z.string()),
});

/** A decision answers with what it was about: the record, and names and ids of the rest. */
const DecidedSchema = z.object({ recordId: z.string() }).catchall(z.json());

const REASON = { type: 'string', about: 'why, for those who read the audit later' } as const;
const RECORD_ID = /^rec_\w+$/;

const list = defineCommand({
  name: 'identity',
  about: 'Lists open questions of who is who, with those who may be the same.',
  usage: [''],
  options: LIST_OPTIONS,
  async run({ api, values }) {
    const page = await api.read('/identity', pageOf(ConflictSchema), values);
    if (page.kind === 'refused') return page;
    const { items } = page.body;
    if (items.length === 0) return told(page.raw, ['Nothing is open.']);
    return told(page.raw, [...items.flatMap(conflictLines), ...moreLines(page.body, items.length)]);
  },
});

const link = defineCommand({
  name: 'identity link',
  about: 'Makes another record, or an object of a system, a part of a record. Writes nothing to vendors.',
  usage: ['RECORD_ID OTHER_RECORD_ID --reason TEXT', 'RECORD_ID SYSTEM:ID --reason TEXT'],
  words: { least: 2, most: 2 },
  options: { reason: REASON },
  async run({ api, given: [id = '', other = ''], values: { reason } }) {
    const [, system, nativeId] = /^([^:]+):(.+)$/s.exec(other) ?? [];
    if (!RECORD_ID.test(other) && system === undefined)
      return misused('Name the other record, or an object as SYSTEM:ID.');
    return decide(
      api,
      id,
      'link',
      reason,
      RECORD_ID.test(other) ? { recordId: other } : { system, nativeId },
    );
  },
});

const unlink = defineCommand({
  name: 'identity unlink',
  about:
    'Gives an object a record of its own, or says that two records are not the same; both are remembered.',
  usage: ['RECORD_ID SYSTEM --reason TEXT', 'RECORD_ID OTHER_RECORD_ID --reason TEXT'],
  words: { least: 2, most: 2 },
  options: { reason: REASON },
  run: ({ api, given: [id = '', other = ''], values: { reason } }) =>
    decide(api, id, 'unlink', reason, RECORD_ID.test(other) ? { recordId: other } : { system: other }),
});

const merge = defineCommand({
  name: 'identity merge',
  about: 'Makes another record a part of a record, whatever it holds. Writes nothing to vendors.',
  usage: ['RECORD_ID OTHER_RECORD_ID --reason TEXT [--accept-duplicates]'],
  words: { least: 2, most: 2 },
  options: {
    reason: REASON,
    'accept-duplicates': { type: 'boolean', about: 'sets aside what both hold in one system' },
  },
  run: ({ api, given: [id = '', other = ''], values }) =>
    decide(api, id, 'merge', values.reason, {
      recordId: other,
      ...(values['accept-duplicates'] ? { acceptDuplicates: true } : {}),
    }),
});

const unmerge = defineCommand({
  name: 'identity unmerge',
  about: 'Gives a record that was merged back what it held.',
  usage: ['RECORD_ID --reason TEXT'],
  words: { least: 1, most: 1 },
  options: { reason: REASON },
  run: ({ api, given: [id = ''], values: { reason } }) => decide(api, id, 'unmerge', reason, {}),
});

/** What decides who is who. */
export const IDENTITY_COMMANDS: readonly Command[] = [list, link, unlink, merge, unmerge];

async function decide(
  api: ConsoleApi,
  id: string,
  decision: 'link' | 'unlink' | 'merge' | 'unmerge',
  reason: string | undefined,
  about: object,
): Promise<Outcome> {
  if (reason === undefined) return misused('Say why with --reason; it stands in the audit.');
  const path = `/records/${encodeURIComponent(id)}/${decision}`;
  const decided = await api.change(path, DecidedSchema, { method: 'POST', body: { ...about, reason } });
  if (decided.kind === 'refused') return decided;
  const facts = Object.entries(decided.body).map(([name, fact]) => [
    words(name.replaceAll(/([A-Z])/g, '_$1').toLowerCase()),
    typeof fact === 'string' ? fact : JSON.stringify(fact),
  ]);
  return told(decided.raw, columns(facts));
}

function conflictLines(conflict: z.output<typeof ConflictSchema>): readonly string[] {
  const { id, cause, sentence, suggestions, record, candidates, survivors } = conflict;
  return [
    `${id}  ${words(cause)}`,
    `  ${sentence}`,
    `  Suggested: ${suggestions.map(words).join(', ')}`,
    ...columns([
      partyCells('this', record),
      ...candidates.map((one) => partyCells(`perhaps, by ${words(one.evidence)}`, one)),
      ...Object.entries(survivors).map(([system, nativeId]) => ['answered by', `${system}:${nativeId}`]),
    ]).map((line) => `  ${line}`),
  ];
}

function partyCells(
  what: string,
  { recordId, title, objects }: z.output<typeof PartySchema>,
): readonly string[] {
  return [
    what,
    recordId,
    objects.map(({ system, nativeId }) => `${system}:${nativeId}`).join(' '),
    title ?? '',
  ];
}

import { z } from 'zod';
import { CONCORD } from '#shared/model/ids.ts';
import { defineCommand } from '../command.ts';
import type { ConsoleApi } from '../console-api.ts';
import { follow } from '../follow.ts';
import { misused, told, type Refused } from '../outcome.ts';
import { wholeNumber } from '../pages.ts';
import { table } from '../table.ts';
import { counted, time, words } from '../text.ts';

const AcceptedSchema = z.object({
  recordIds: z.array(z.string()),
  records: z.number(),
  left: z.number(),
});

const StandingSchema = z.object({
  id: z.string(),
  title: z.string(),
  pending: z.array(z.string()),
  dimensions: z.array(
    z.object({
      dimension: z.string(),
      verdict: z.string(),
      cause: z.string(),
      verifiedAt: z.string().nullable(),
    }),
  ),
});
type Standing = z.output<typeof StandingSchema>;

const PATIENCE_S = 300;

/** Looks at records in their systems now. */
export const checkCommand = defineCommand({
  name: 'check',
  about: 'Looks at records in all their systems now, and tells how they stand. Writes nothing.',
  usage: ['RECORD_ID ...', '[--type TYPE] [--dimension DIMENSION] [--cause CAUSE] [--group KEY]'],
  words: { least: 0, most: 200 },
  options: {
    type: { type: 'string', value: 'TYPE', about: 'records of this type with an open discrepancy' },
    dimension: { type: 'string', value: 'DIMENSION', about: 'records with one in this dimension' },
    cause: { type: 'string', value: 'CAUSE', about: 'records with one of this cause' },
    group: { type: 'string', value: 'KEY', about: 'records with one of this group' },
    reason: { type: 'string', about: 'why, for those who read the audit later' },
    detach: { type: 'boolean', about: 'asks for it and does not wait' },
    patience: { type: 'string', value: 'SECONDS', about: `waits so long at most; else ${PATIENCE_S}` },
  },
  notes: [
    'Ends with 1 when a system could not be looked at in time; Ctrl-C ends the waiting, not the check.',
  ],
  async run({ api, terminal, given, values: { reason, detach, patience, ...filters } }) {
    const isFiltered = Object.values(filters).some((filter) => filter !== undefined);
    if (isFiltered === given.length > 0)
      return misused(
        'Name records, or say by --type, --dimension, --cause or --group which discrepancies are meant.',
      );
    const patienceS = wholeNumber('patience', patience, PATIENCE_S);
    if (typeof patienceS === 'object') return patienceS;
    const selection = isFiltered ? { discrepancies: filters } : { recordIds: given };
    const accepted = await api.change('/checks', AcceptedSchema, {
      method: 'POST',
      body: reason === undefined ? { selection } : { selection, reason },
    });
    if (accepted.kind === 'refused') return accepted;
    const { recordIds, records, left } = accepted.body;
    const asked = `Asked for ${counted(records, 'record')}${left === 0 ? '' : `; ${left} more are left for the next call`}.`;
    if (detach || recordIds.length === 0) return told(accepted.raw, [asked]);
    terminal.err(asked);
    const standings = new Map<string, Standing>();
    const followed = await follow(terminal, {
      look: () => lookAtOpen(api, recordIds, standings),
      isOver: (open) => open.length === 0,
      progress: (open) =>
        `${recordIds.length - open.length} of ${counted(recordIds.length, 'record')} checked, ${owedText(open)}`,
      patienceMs: patienceS * 1_000,
    });
    if (followed.kind === 'refused') return followed;
    const seen = [...standings.values()];
    return told({ check: accepted.raw, records: seen }, verdictLines(seen), followed.kind === 'over');
  },
});

/** Looks again at the records that are still owed a look. @returns those that are so still. */
async function lookAtOpen(
  api: ConsoleApi,
  ids: readonly string[],
  standings: Map<string, Standing>,
): Promise<{ readonly kind: 'seen'; readonly seen: readonly Standing[] } | Refused> {
  const open: Standing[] = [];
  for (const id of ids) {
    if (standings.get(id)?.pending.length === 0) continue;
    const view = await api.read(`/records/${encodeURIComponent(id)}`, StandingSchema);
    if (view.kind === 'refused') return view;
    standings.set(id, view.body);
    if (view.body.pending.length > 0) open.push(view.body);
  }
  return { kind: 'seen', seen: open };
}

/** A comparison is owed when all systems were looked at and what explains a change may still arrive. */
function owedText(open: readonly Pick<Standing, 'pending'>[]): string {
  const systems = [...new Set(open.flatMap(({ pending }) => pending))].filter((one) => one !== CONCORD);
  return systems.length === 0 ? 'owed a comparison' : `owed a look: ${systems.toSorted().join(', ')}`;
}

function verdictLines(standings: readonly Standing[]): readonly string[] {
  const rows = standings.flatMap(({ id, title, dimensions, pending }) =>
    dimensions.map(({ dimension, verdict, cause, verifiedAt }) => [
      id,
      dimension,
      words(verdict),
      words(cause),
      time(verifiedAt),
      title,
      ...(pending.length === 0 ? [] : [owedText([{ pending }])]),
    ]),
  );
  return table(['record', 'dimension', 'stands', 'cause', 'checked', 'title'], rows);
}

import { z } from 'zod';
import { table } from './table.ts';
import { time, words } from './text.ts';

/** A plan that was started, in a list. */
export const OperationRowSchema = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  startedBy: z.string().nullable(),
  startedAt: z.string().nullable(),
  cancelledBy: z.string().nullable(),
  finishedAt: z.string().nullable(),
  items: z.number(),
});

/** Operations in lines for people. */
export function operationRowLines(rows: readonly z.output<typeof OperationRowSchema>[]): readonly string[] {
  if (rows.length === 0) return ['None.'];
  return table(
    ['operation', 'kind', 'state', 'records', 'by', 'started', 'ended'],
    rows.map(({ id, kind, state, items, startedBy, startedAt, finishedAt }) => [
      id,
      words(kind),
      words(state),
      String(items),
      startedBy ?? '',
      time(startedAt),
      finishedAt === null ? '' : time(finishedAt),
    ]),
  );
}

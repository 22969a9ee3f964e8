import { z } from 'zod';
import { table } from './table.ts';
import { time, words } from './text.ts';

export const DiscrepancyGroupsSchema = z.object({
  by: z.string(),
  items: z.array(
    z.object({
      key: z.string(),
      count: z.number(),
      openedLastDay: z.number(),
      class: z.string(),
      cause: z.string(),
      firstOpenedAt: z.string(),
      suggestions: z.array(z.string()),
    }),
  ),
  isComplete: z.boolean(),
});

/** Open discrepancies counted by something, in lines for people. */
export function discrepancyGroupLines({
  by,
  items,
  isComplete,
}: z.output<typeof DiscrepancyGroupsSchema>): readonly string[] {
  if (items.length === 0) return ['Nothing is open.'];
  const isCause = by === 'cause';
  const rows = items.map(({ key, count, openedLastDay, cause, firstOpenedAt, suggestions, ...group }) => [
    String(count),
    isCause ? key : `${key} (${cause})`,
    words(group.class),
    time(firstOpenedAt),
    String(openedLastDay),
    suggestions.map(words).join(', '),
  ]);
  return [
    ...table(['open', by, 'stands', 'first', 'last day', 'suggested'], rows),
    ...(isComplete ? [] : ['There are more; they are better counted by cause.']),
  ];
}

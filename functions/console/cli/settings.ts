import { z } from 'zod';
import { MODES } from '#shared/model/vocabulary.ts';
import type { Answer, ConsoleApi } from './console-api.ts';
import { told, type Outcome, type Refused } from './outcome.ts';
import { columns } from './table.ts';
import { time } from './text.ts';

const ModeSettingSchema = z.object({ mode: z.enum(MODES), since: z.string().nullable() });

export const SettingsSchema = z.object({
  modes: z.object({
    client: ModeSettingSchema,
    systems: z.record(z.string(), ModeSettingSchema),
    dimensions: z.record(z.string(), ModeSettingSchema),
  }),
  pauses: z.record(
    z.string(),
    z.object({
      by: z.string(),
      at: z.string(),
      reason: z.string(),
      until: z.string().nullable(),
      isOver: z.boolean(),
    }),
  ),
});
export type Settings = z.output<typeof SettingsSchema>;

/** The switches as they stand. */
export function readSettings(api: ConsoleApi): Promise<Answer<Settings> | Refused> {
  return api.read('/settings', SettingsSchema);
}

/**
 * Changes switches against the state that was read a moment before, and tells how they stand then. Who changed them
 * in between is not overwritten: the console refuses, and says to look again.
 */
export async function changeSettings(api: ConsoleApi, body: object): Promise<Outcome> {
  const before = await readSettings(api);
  if (before.kind === 'refused') return before;
  const after = await api.change('/settings', SettingsSchema, {
    method: 'PATCH',
    body,
    ifMatch: before.etag,
  });
  return after.kind === 'refused' ? after : told(after.raw, settingsLines(after.body));
}

/** Modes and pauses in lines for people. */
export function settingsLines({ modes, pauses }: Settings): readonly string[] {
  const named = (of: string, settings: Settings['modes']['systems']): string[][] =>
    Object.entries(settings).map(([name, { mode, since }]) => [
      `mode of ${of} ${name}`,
      mode,
      sinceText(since),
    ]);
  return columns([
    ['mode of the client', modes.client.mode, sinceText(modes.client.since)],
    ...named('system', modes.systems),
    ...named('dimension', modes.dimensions),
    ...Object.entries(pauses).map(([system, { by, at, reason, until, isOver }]) => [
      `${system} is paused`,
      isOver ? 'over' : until === null ? 'until somebody resumes it' : `until ${time(until)}`,
      `by ${by} since ${time(at)}: ${reason}`,
    ]),
  ]);
}

function sinceText(since: string | null): string {
  return since === null ? 'since the beginning' : `since ${time(since)}`;
}

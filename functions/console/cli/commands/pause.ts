import { defineCommand } from '../command.ts';
import { misused } from '../outcome.ts';
import { changeSettings } from '../settings.ts';

const REASON = { type: 'string', about: 'why, for those who read the audit later' } as const;

/** Stops writes to a system. */
export const pauseCommand = defineCommand({
  name: 'pause',
  about: 'Stops all writes to a system; nothing that is owed to it is lost.',
  usage: ['SYSTEM --reason TEXT [--until TIME]'],
  words: { least: 1, most: 1 },
  options: {
    reason: REASON,
    until: { type: 'string', value: 'TIME', about: 'ends by itself then, such as 2026-11-20T18:00:00Z' },
  },
  async run({ api, given: [system = ''], values: { reason, until } }) {
    if (reason === undefined) return misused('Say why with --reason; it stands in the audit.');
    return changeSettings(api, { reason, pauses: { [system]: { until: until ?? null } } });
  },
});

/** Lets writes to a system go on. */
export const resumeCommand = defineCommand({
  name: 'resume',
  about: 'Lets writes to a paused system go on.',
  usage: ['SYSTEM --reason TEXT'],
  words: { least: 1, most: 1 },
  options: { reason: REASON },
  async run({ api, given: [system = ''], values: { reason } }) {
    if (reason === undefined) return misused('Say why with --reason; it stands in the audit.');
    return changeSettings(api, { reason, pauses: { [system]: null } });
  },
});

import { defineCommand } from '../command.ts';
import { misused, told } from '../outcome.ts';
import { changeSettings, readSettings, settingsLines } from '../settings.ts';

/** How far Concord may go by itself. */
export const modeCommand = defineCommand({
  name: 'mode',
  about: 'Shows the modes and pauses, or switches a mode.',
  usage: ['', 'observe|ask|auto --reason TEXT [--system SYSTEM | --dimension TYPE.DIMENSION]'],
  words: { least: 0, most: 1 },
  options: {
    reason: { type: 'string', about: 'why, for those who read the audit later' },
    system: { type: 'string', value: 'SYSTEM', about: 'switches this system alone' },
    dimension: {
      type: 'string',
      value: 'TYPE.DIMENSION',
      about: 'switches this dimension alone, such as customer.profile',
    },
  },
  notes: ['The most cautious of client, system and dimension holds.'],
  async run({ api, given: [mode], values: { reason, system, dimension } }) {
    if (mode === undefined) {
      const settings = await readSettings(api);
      return settings.kind === 'refused' ? settings : told(settings.raw, settingsLines(settings.body));
    }
    if (system !== undefined && dimension !== undefined)
      return misused('Give --system or --dimension; each is switched by itself.');
    if (reason === undefined) return misused('Say why with --reason; it stands in the audit.');
    const modes =
      system !== undefined
        ? { systems: { [system]: mode } }
        : dimension !== undefined
          ? { dimensions: { [dimension]: mode } }
          : { client: mode };
    return changeSettings(api, { reason, modes });
  },
});

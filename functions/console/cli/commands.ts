import type { Command } from './command.ts';
import { APPLY_COMMANDS } from './commands/apply.ts';
import { checkCommand } from './commands/check.ts';
import { DISCREPANCY_COMMANDS } from './commands/discrepancies.ts';
import { GUARD_COMMANDS } from './commands/guards.ts';
import { IDENTITY_COMMANDS } from './commands/identity.ts';
import { modeCommand } from './commands/mode.ts';
import { pauseCommand, resumeCommand } from './commands/pause.ts';
import { PLAN_COMMANDS } from './commands/plan.ts';
import { RECORD_COMMANDS } from './commands/records.ts';
import { RUN_COMMANDS } from './commands/runs.ts';
import { statusCommand } from './commands/status.ts';
import { whyCommand } from './commands/why.ts';

/** Every command there is, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  statusCommand,
  ...RECORD_COMMANDS,
  ...DISCREPANCY_COMMANDS,
  ...GUARD_COMMANDS,
  whyCommand,
  checkCommand,
  ...PLAN_COMMANDS,
  ...APPLY_COMMANDS,
  ...RUN_COMMANDS,
  ...IDENTITY_COMMANDS,
  modeCommand,
  pauseCommand,
  resumeCommand,
];

import { ConcordError } from '#shared/errors/concord-error.ts';
import type { Command, Called } from './command.ts';
import type { ExitCode, Problem } from './outcome.ts';
import { columns, section } from './table.ts';
import type { Terminal } from './terminal.ts';
import { harmless } from './text.ts';

/**
 * Carries out one line: finds the command, lets it ask the console, and prints what came of it. What was asked for
 * goes to the one stream and everything else to the other, so that a machine reads JSON and nothing else.
 *
 * @returns 0 when it was done, 1 when it was refused or failed, 2 when the line was not understood.
 */
export async function runTerminal(
  terminal: Terminal,
  commands: readonly Command[],
  args: readonly string[],
): Promise<ExitCode> {
  const safe: Terminal = {
    ...terminal,
    out: (line) => terminal.out(harmless(line)),
    err: (line) => terminal.err(harmless(line)),
  };
  const [first] = args;
  if (first === undefined || first === 'help' || first === '--help') return overview(safe, commands, args);
  const command = commandFor(commands, args);
  if (command === undefined) {
    const known = [...new Set(commands.map(({ name }) => name.split(' ')[0]))];
    safe.err(
      `There is no command ${args.slice(0, 2).join(' ')}; there are ${known.join(', ')}. See concord --help.`,
    );
    return 2;
  }
  try {
    const called = await command.run(safe, args.slice(command.name.split(' ').length));
    return print(safe, command, called);
  } catch (error) {
    if (!ConcordError.is(error)) throw error;
    safe.err(error.message);
    return 1;
  }
}

/** The command whose name has the most words of the line's beginning. */
function commandFor(commands: readonly Command[], args: readonly string[]): Command | undefined {
  return commands
    .filter(({ name }) => name.split(' ').every((word, index) => args[index] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

function overview(terminal: Terminal, commands: readonly Command[], args: readonly string[]): ExitCode {
  const asked = args[0] === 'help' ? args.slice(1) : [];
  const command = asked.length === 0 ? undefined : commandFor(commands, asked);
  if (asked.length > 0 && command === undefined) {
    terminal.err(`There is no command ${asked.join(' ')}. See concord --help.`);
    return 2;
  }
  const lines = command?.help() ?? [
    'Usage: concord COMMAND ...',
    '',
    "Operates a mesh through its console, with the console's rules and roles.",
    ...section('Commands', columns(commands.map(({ name, about }) => [name, about]))),
    '',
    'Each has --help. Ends with 0 when it was done, 1 when it was refused or failed, 2 when it was not understood.',
  ];
  for (const line of lines) terminal.out(line);
  return 0;
}

function print(terminal: Terminal, command: Command, { outcome, isJson }: Called): ExitCode {
  switch (outcome.kind) {
    case 'help':
      for (const line of command.help()) terminal.out(line);
      return 0;
    case 'misused':
      terminal.err(outcome.message);
      return 2;
    case 'refused':
      if (isJson) terminal.out(JSON.stringify(outcome.problem.body));
      else for (const line of problemLines(outcome.problem)) terminal.err(line);
      return 1;
    case 'told':
      if (isJson) terminal.out(JSON.stringify(outcome.json));
      else for (const line of outcome.lines) terminal.out(line);
      return outcome.isGood === false ? 1 : 0;
  }
}

/** The sentence names the members too where they are few; a list of them follows only if it says more. */
function problemLines({ title, code, detail, fields, correlationId }: Problem): readonly string[] {
  const unsaid = Object.entries(fields).filter(([name]) => !detail.includes(name));
  return [
    `${title} (${code}): ${detail}`,
    ...columns(unsaid.map(([name, what]) => [`  ${name}`, what])),
    ...(code === 'internal' && correlationId !== null ? [`The log tells more under ${correlationId}.`] : []),
  ];
}

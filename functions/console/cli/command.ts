/**
 * A command: what it is called, what it takes, and what it asks the console. Commands hold no rule of the business;
 * whatever is allowed, counted or decided is the console's word.
 */
import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util';
import { createConsoleApi, type ConsoleApi } from './console-api.ts';
import { misused, type Misused, type Outcome } from './outcome.ts';
import { columns, section } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface OptionSpec extends Pick<ParseArgsOptionDescriptor, 'type' | 'multiple'> {
  /** Stands for the value in the help. */
  readonly value?: string;
  readonly about: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What was given, by option. */
export type Values<O extends OptionTable> = {
  readonly [K in keyof O]: O[K]['type'] extends 'boolean'
    ? boolean
    : O[K]['multiple'] extends true
      ? readonly string[]
      : string | undefined;
};

/** One call of a command. */
export interface Invocation<O extends OptionTable> {
  readonly api: ConsoleApi;
  readonly terminal: Terminal;
  /** What stands on the line beside the options. */
  readonly given: readonly string[];
  readonly values: Values<O>;
}

export interface CommandSpec<O extends OptionTable> {
  /** Words that call it, such as `records find`. */
  readonly name: string;
  /** Says what it does; stands in the list of commands. */
  readonly about: string;
  /** What follows the name, one line for each way to call it. */
  readonly usage: readonly string[];
  /** How many words it takes beside its options. @default none */
  readonly words?: { readonly least: number; readonly most: number };
  readonly options: O;
  /** What else a reader should know, in whole sentences. */
  readonly notes?: readonly string[];
  readonly run: (invocation: Invocation<O>) => Promise<Outcome>;
}

/** A command as it is called: all that differs between commands is inside. */
export interface Command {
  readonly name: string;
  readonly about: string;
  help(): readonly string[];
  run(terminal: Terminal, args: readonly string[]): Promise<Called>;
}

/** What came of a call, and in which form it is wanted. */
export interface Called {
  readonly outcome: Outcome | { readonly kind: 'help' };
  readonly isJson: boolean;
}

const COMMON = {
  json: { type: 'boolean', about: 'prints JSON, for machines' },
  url: {
    type: 'string',
    value: 'URL',
    about: 'where the console is; else CONCORD_CONSOLE_URL, else this machine',
  },
  as: {
    type: 'string',
    value: 'ID:ROLE',
    about: 'who asks, on the embedded platform, such as olga:operator',
  },
  help: { type: 'boolean', about: 'prints this' },
} as const satisfies OptionTable;

/** Declares a command. Its `run` sees only a line that could be read. */
export function defineCommand<const O extends OptionTable>(spec: CommandSpec<O>): Command {
  const { name, about, words = { least: 0, most: 0 } } = spec;
  const table: OptionTable = { ...spec.options, ...COMMON };
  return {
    name,
    about,
    help: () => helpOf(spec),
    async run(terminal, args) {
      const line = readLine(name, table, args);
      if (line.kind === 'misused') return { outcome: line, isJson: args.includes('--json') };
      const { given } = line;
      const { json, url: where, as, help, ...values } = line.values;
      const isJson = json === true;
      if (help === true) return { outcome: { kind: 'help' }, isJson };
      const url = urlOf(where, terminal);
      if (url === null) return { outcome: misused('--url must be an http or https address.'), isJson };
      if (given.length < words.least || given.length > words.most)
        return { outcome: wrongCount(spec, given.length), isJson };
      const api = createConsoleApi({ terminal, url, as: typeof as === 'string' ? as : undefined });
      const outcome = await spec.run({ api, terminal, given, values: values as Values<O> });
      return { outcome, isJson };
    },
  };
}

interface Line {
  readonly kind: 'line';
  readonly values: Readonly<Record<string, unknown>>;
  readonly given: readonly string[];
}

/** Reads a line strictly: what is not known is refused, because a slip must not quietly mean something else. */
function readLine(name: string, options: OptionTable, args: readonly string[]): Line | Misused {
  const descriptors = Object.fromEntries(
    Object.entries(options).map(([option, { type, multiple = false }]) => [option, { type, multiple }]),
  );
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: descriptors,
      allowPositionals: true,
      tokens: true,
    });
    const twice = repeated(options, tokens);
    if (twice !== undefined) return misused(`--${twice} is given more than once; give it once.`);
    const defaults = Object.entries(options).map(([option, { type, multiple }]) => [
      option,
      type === 'boolean' ? false : multiple === true ? [] : undefined,
    ]);
    return { kind: 'line', values: { ...Object.fromEntries(defaults), ...values }, given: positionals };
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    const [first = ''] = said.split(/\.\s|\n/);
    return misused(`${first.replace(/\.$/, '')}. See concord ${name} --help.`);
  }
}

function repeated(
  options: OptionTable,
  tokens: readonly { readonly kind: string; readonly name?: string }[],
): string | undefined {
  const names = tokens.flatMap(({ kind, name }) => (kind === 'option' && name !== undefined ? [name] : []));
  return names.find((name, index) => names.indexOf(name) !== index && options[name]?.multiple !== true);
}

function urlOf(given: unknown, { url }: Terminal): string | null {
  if (typeof given !== 'string') return url;
  const parsed = URL.parse(given);
  const isWeb = parsed?.protocol === 'http:' || parsed?.protocol === 'https:';
  return isWeb ? given.replace(/\/+$/, '') : null;
}

function wrongCount(
  { name, usage }: Pick<CommandSpec<OptionTable>, 'name' | 'usage'>,
  count: number,
): Misused {
  const said = count === 0 ? 'says too little' : 'says too much or too little';
  return misused(
    `The line ${said}; it is: ${usage.map((one) => `concord ${name} ${one}`.trimEnd()).join(' or ')}.`,
  );
}

function helpOf<O extends OptionTable>({
  name,
  about,
  usage,
  options,
  notes = [],
}: CommandSpec<O>): readonly string[] {
  const rows = Object.entries<OptionSpec>({ ...options, ...COMMON }).map(([option, spec]) => [
    `--${option}${spec.type === 'boolean' ? '' : ` ${spec.value ?? 'TEXT'}`}`,
    `${spec.about}${spec.multiple === true ? '; may be repeated' : ''}`,
  ]);
  return [
    ...usage.map((one, index) => `${index === 0 ? 'Usage:' : '      '} concord ${name} ${one}`.trimEnd()),
    '',
    about,
    ...notes,
    ...section('Options', columns(rows)),
  ];
}

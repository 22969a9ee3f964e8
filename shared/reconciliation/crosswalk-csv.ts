/**
 * Reads a crosswalk from CSV (RFC 4180): one column for each system, named in the first line, and one row for each
 * business entity with the ids of its objects there. Strict: whatever cannot be meant is named by row and column, and
 * nothing of the file is taken. Pure (M13).
 */
import { NativeId, type SystemId } from '#shared/model/ids.ts';

/** Objects that somebody says are one entity. */
export interface CrosswalkRow {
  /** Row of the file, the header being the first. */
  readonly row: number;
  readonly ids: Readonly<Record<SystemId, NativeId>>;
}

/** What is wrong, and where. Column is a name of the header, or null for the row as a whole. */
export interface CsvProblem {
  readonly row: number;
  readonly column: string | null;
  readonly problem: string;
}

export type ParsedCrosswalk =
  | { readonly status: 'parsed'; readonly rows: readonly CrosswalkRow[] }
  | { readonly status: 'invalid'; readonly problems: readonly CsvProblem[] };

/** Problems that are told at once. */
const MOST_PROBLEMS = 50;
/** Longest id that any vendor gives. */
const LONGEST_ID = 100;

/** Reads a whole file. */
export function parseCrosswalk(text: string, systems: readonly SystemId[]): ParsedCrosswalk {
  const read = readCells(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if ('problem' in read) return { status: 'invalid', problems: [read] };
  const [header = [], ...lines] = read.lines;
  const columns = header.map((name) => name.trim());
  const problems = [...headerProblems(columns, systems)];
  const rows: CrosswalkRow[] = [];
  const seen = new Map<string, number>();
  for (const [index, cells] of problems.length > 0 ? [] : lines.entries()) {
    const row = index + 2;
    if (cells.length === 1 && cells[0] === '') continue;
    const found = rowProblems(row, cells, columns, seen);
    problems.push(...found);
    if (found.length === 0) rows.push({ row, ids: idsOf(cells, columns) });
  }
  if (problems.length === 0 && rows.length === 0)
    problems.push({ row: 1, column: null, problem: 'There is no row under the header.' });
  return problems.length > 0
    ? { status: 'invalid', problems: problems.slice(0, MOST_PROBLEMS) }
    : { status: 'parsed', rows };
}

function headerProblems(columns: readonly string[], systems: readonly SystemId[]): readonly CsvProblem[] {
  const known: readonly string[] = systems;
  const unknown = columns.filter((name) => !known.includes(name));
  const repeated = columns.filter((name, index) => columns.indexOf(name) !== index);
  return [
    ...unknown.map((column) => ({
      row: 1,
      column,
      problem: `is no system of this client; they are ${known.join(', ')}.`,
    })),
    ...repeated.map((column) => ({ row: 1, column, problem: 'stands there more than once.' })),
    ...(columns.length < 2 ? [{ row: 1, column: null, problem: 'The header has to name two systems.' }] : []),
  ];
}

function rowProblems(
  row: number,
  cells: readonly string[],
  columns: readonly string[],
  seen: Map<string, number>,
): readonly CsvProblem[] {
  if (cells.length !== columns.length)
    return [{ row, column: null, problem: `has ${cells.length} cells, and the header ${columns.length}.` }];
  const ids = cells.map((cell) => cell.trim());
  const problems = ids.flatMap((id, index): CsvProblem[] => {
    const column = columns[index] ?? null;
    if (id === '') return [];
    if (id.length > LONGEST_ID || /\s/.test(id)) return [{ row, column, problem: 'is no id.' }];
    const key = `${column}:${id}`;
    const before = seen.get(key);
    if (before !== undefined) return [{ row, column, problem: `stands in row ${before} already.` }];
    seen.set(key, row);
    return [];
  });
  const given = ids.filter((id) => id !== '').length;
  return given < 2 ? [...problems, { row, column: null, problem: 'has to name two objects.' }] : problems;
}

function idsOf(cells: readonly string[], columns: readonly string[]): CrosswalkRow['ids'] {
  return Object.fromEntries(
    cells
      .map((cell, index) => [columns[index] ?? '', NativeId(cell.trim())] as const)
      .filter(([, id]) => id !== NativeId('')),
  );
}

/** Splits text into cells: quotes around a cell, doubled within it, and either kind of line end. */
function readCells(text: string): { readonly lines: readonly (readonly string[])[] } | CsvProblem {
  const lines: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    const row = lines.length + 1;
    let cell: string;
    if (text[at] === '"') {
      const end = endOfQuotes(text, at + 1);
      if (end === -1) return { row, column: null, problem: 'A quotation mark is never closed.' };
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
      if (at < text.length && !',\r\n'.includes(text[at] ?? ''))
        return { row, column: null, problem: 'Something follows a closing quotation mark.' };
    } else {
      const end = text.slice(at).search(/[,\r\n]/);
      cell = end === -1 ? text.slice(at) : text.slice(at, at + end);
      if (cell.includes('"')) return { row, column: null, problem: 'A quotation mark stands within a cell.' };
      at += cell.length;
    }
    cells.push(cell);
    if (text[at] === ',') {
      at += 1;
      if (at < text.length && !'\r\n'.includes(text[at] ?? '')) continue;
      cells.push('');
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else if (at < text.length) at += 1;
    lines.push(cells);
    cells = [];
  }
  return { lines };
}

function endOfQuotes(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at;
  return -1;
}

import { readFileSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { parseEnv } from 'node:util';

/** Beginnings of the names that are ours. A `.env` may serve other tools too. */
const OURS = /^(?:CONCORD|HUBSPOT|SHOPIFY|NETSUITE|TWIN)_/;
const ASSIGNMENT = /^\s*(?:export\s+)?[A-Za-z_]\w*\s*=(?!\s*["'`])/;
const QUOTED_VALUE = /(?<=^[ \t]*(?:export[ \t]+)?\w+[ \t]*=)[ \t]*(["'`])[^]*?\1/gm;

/**
 * Adds what a `.env` file sets to the process's environment; what stands there already wins. Node's own reader
 * passes over lines that it cannot read, so that a slip would quietly mean the default.
 *
 * @returns what is wrong with the file, by line and name and never by value (M14); empty when it was added, or
 *   when there is none.
 */
export function addEnvFile(file: string, known: ReadonlySet<string>): readonly string[] {
  const text = readText(file);
  if (text === null) return [];
  if (typeof text !== 'string') return [`${file} cannot be read (${text.code})`];
  const problems = [...malformedLines(file, text), ...strangeNames(file, text, known)];
  if (problems.length === 0) loadEnvFile(file);
  return problems;
}

function readText(file: string): string | { readonly code: string } | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return code === 'ENOENT' ? null : { code };
  }
}

/** A value in quotes may span lines; what is left of it is empty lines. */
function malformedLines(file: string, text: string): readonly string[] {
  const lines = text.replaceAll(QUOTED_VALUE, (value) => value.replaceAll(/[^\n]/g, '')).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const isRead = line.trim() === '' || line.trimStart().startsWith('#') || ASSIGNMENT.test(line);
    return isRead ? [] : [`line ${index + 1} of ${file} is no NAME=value`];
  });
}

function strangeNames(file: string, text: string, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(parseEnv(text))
    .filter((name) => OURS.test(name) && !known.has(name))
    .map((name) => `${name} in ${file} is no setting of Concord`);
}

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkClient } from '#shared/authority/check/check-policy.ts';
import { describeFinding } from '#shared/authority/check/describe.ts';
import type { CheckReport } from '#shared/authority/check/finding.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { loadClient } from './load-client.ts';

/** What a command has to say, and how its process ends. */
export interface CommandResult {
  readonly lines: readonly string[];
  /** 0: sound. 1: something was found. 2: the command was not understood. */
  readonly exitCode: 0 | 1 | 2;
}

const USAGE =
  'Usage: npm run check-policy -- --client ID, with a folder of shared/clients; --all checks every one of them.';
const CLIENTS = new URL('../clients/', import.meta.url);
const CLIENT_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Checks the policies of a client, or of all clients, as `check-policy` does. */
export async function runPolicyCheck(
  args: readonly string[],
  load: (id: string) => Promise<ClientDefinition> = loadClient,
): Promise<CommandResult> {
  const ids = clientsOf(args);
  if (ids === undefined) return { lines: [USAGE], exitCode: 2 };
  const results: CommandResult[] = [];
  for (const id of ids) results.push(await checkOne(id, load));
  const worst = results.map(({ exitCode }) => exitCode).toSorted((a, b) => b - a)[0] ?? 2;
  return { lines: results.flatMap(({ lines }) => lines), exitCode: worst };
}

function clientsOf(args: readonly string[]): readonly string[] | undefined {
  try {
    const { client, all } = parseArgs({
      args: [...args],
      options: { client: { type: 'string' }, all: { type: 'boolean', default: false } },
    }).values;
    if (all) return client === undefined ? everyClient() : undefined;
    return client !== undefined && CLIENT_ID.test(client) ? [client] : undefined;
  } catch {
    return undefined;
  }
}

function everyClient(): readonly string[] {
  return readdirSync(CLIENTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

async function checkOne(id: string, load: (id: string) => Promise<ClientDefinition>): Promise<CommandResult> {
  try {
    const report = checkClient(await load(id));
    return { lines: linesOf(id, report), exitCode: report.findings.length > 0 ? 1 : 0 };
  } catch (error) {
    if (ConcordError.is(error)) return { lines: [error.message, USAGE], exitCode: 2 };
    throw error;
  }
}

function linesOf(id: string, { findings, assumptions }: CheckReport): readonly string[] {
  const verdict =
    findings.length === 0
      ? `Client ${id}: the policy is sound.`
      : `Client ${id}: the policy is refused for ${findings.length === 1 ? 'one reason' : `${findings.length} reasons`}.`;
  const assumed = assumptions.map(({ type, text }) => `  ${type}: ${text}`);
  return [
    verdict,
    ...findings.flatMap((finding) => ['', ...describeFinding(finding)]),
    ...(assumed.length === 0 ? [] : ['', 'Assumed, because nothing can prove it beforehand:', ...assumed]),
  ];
}

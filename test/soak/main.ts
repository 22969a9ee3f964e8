/**
 * What `npm run soak` runs: every long run, or those that are named after a lone `--`. One JSON object per line.
 * `--quick` only shows that everything runs.
 */
import { parseArgs } from 'node:util';
import { massDelete } from './mass-delete.ts';
import type { Soak } from './soak.ts';

const SOAKS: readonly Soak[] = [massDelete];

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !SOAKS.some((soak) => soak.name === name));
if (unknown.length > 0) throw new Error(`There is no soak ${unknown.join(', ')}.`);
for (const soak of SOAKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const result = await soak.run({ isQuick: values.quick });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.verdict === 'missed') process.exitCode = 1;
}

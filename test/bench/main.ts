/**
 * What `npm run bench` runs: every benchmark, or those that are named after a lone `--`. One JSON object per
 * line, the last one a summary. `--quick` only shows that everything runs.
 *
 * Figures of one run are comparable with each other and with nothing else: subjects and what they are measured
 * against take turns, so that a busy machine slows both.
 */
import { parseArgs } from 'node:util';
import type { Benchmark, Result } from './benchmark.ts';
import { checkPriorityBenchmark } from './check-priority.ts';
import { compareRate } from './compare-rate.ts';
import { editToVerified } from './edit-to-verified.ts';
import { ingestAck } from './ingest-ack.ts';
import { operations } from './operations/operations-benchmark.ts';
import { pollCalls } from './poll-calls.ts';
import { planScale } from './plan-scale.ts';
import { sustained } from './sustained.ts';

const BENCHMARKS: readonly Benchmark[] = [
  ingestAck,
  editToVerified,
  sustained,
  operations,
  checkPriorityBenchmark,
  pollCalls,
  compareRate,
  planScale,
];

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length === 0)
    return BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
  const known = BENCHMARKS.map(({ name }) => name).join(', ');
  throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${known}.`);
}

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const startedAt = Date.now();
const results: Result[] = [];
for (const benchmark of chosen(positionals)) {
  for (const result of await benchmark.run({ isQuick: values.quick })) {
    results.push(result);
    print(result);
  }
}
print({
  summary: Object.fromEntries(results.map(({ benchmark, verdict }) => [benchmark, verdict])),
  seconds: Math.round((Date.now() - startedAt) / 1_000),
  node: process.version,
});
if (results.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1;

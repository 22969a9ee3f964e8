/**
 * Building a plan over many records with the embedded platform's store on disk: time and the most memory that was in
 * use. Runs in a process of its own, so that nobody else's memory counts. Vendors are not asked.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.ts';

const TARGET_SECONDS = 60;
const TARGET_MIB = 500;

/** What the process that builds a plan says of itself. */
export interface ScaleReport {
  readonly records: number;
  readonly items: number;
  readonly seconds: number;
  /** Of all cores together: what a busy machine takes away is not counted. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export const planScale: Benchmark = {
  name: 'plan-scale',
  async run({ isQuick }) {
    const report = await builtElsewhere(isQuick ? 2_000 : 100_000);
    const isMet = report.seconds <= TARGET_SECONDS && report.peakMiB <= TARGET_MIB;
    return [
      {
        benchmark: 'plan-scale',
        verdict: isQuick ? 'measured' : isMet ? 'met' : 'missed',
        ...report,
        targetSeconds: TARGET_SECONDS,
        targetMiB: TARGET_MIB,
      },
    ];
  },
};

async function builtElsewhere(records: number): Promise<ScaleReport> {
  const script = fileURLToPath(new URL('processes/plan-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, String(records)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`The process that builds the plan ended with ${code}.`);
  return JSON.parse(said) as ScaleReport;
}

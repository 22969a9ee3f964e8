import { runPolicyCheck } from './check-policy.ts';

const { lines, exitCode } = await runPolicyCheck(process.argv.slice(2));
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = exitCode;

/**
 * What `npm start` runs: the mesh on this machine, and a stand-in for each vendor that is not configured to be
 * a real one. Everything is kept in CONCORD_DATA_DIR, the vendors' stand-ins included, and a second start goes
 * on where the first one ended.
 *
 * Without CONCORD_DEMO_QUIET=1 an empty demo is opened with a short story, and the log is kept to warnings.
 */
import { loadConfig, type Config } from '#shared/config/load-config.ts';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { closeOnSignal } from '#shared/runtime/close-on-signal.ts';
import { parseDemoFlags, type DemoFlags } from './demo-flags.ts';
import { onNpmGone } from './on-npm-gone.ts';
import { startDemo, type Demo } from './start-demo.ts';
import { tellStory } from './story.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function configure(): Config {
  const config = loadConfig();
  const isLevelChosen = (process.env['CONCORD_LOG_LEVEL'] ?? '').trim() !== '';
  return config.demoQuiet || isLevelChosen ? config : { ...config, logLevel: 'warning' };
}

function greet({ host, twins }: Demo, config: Config, { memory }: DemoFlags): void {
  say(`Console: ${host.url}/console/`);
  for (const { vendor, url } of twins)
    say(`${vendor} is played by a twin on ${url}; POST ${url}/_twin/records/... acts as its user.`);
  for (const system of ['hubspot', 'shopify'] as const)
    if (!twins.some(({ vendor }) => vendor === system)) say(`${system} is the real one.`);
  say(
    memory
      ? 'Nothing is kept: --memory.'
      : `Everything is kept in ${config.dataDir}; remove it to start anew. Ctrl-C ends.`,
  );
}

async function tell(demo: Demo, signal: AbortSignal): Promise<void> {
  const hubspot = demo.twins.find(({ vendor }) => vendor === 'hubspot')?.control;
  const shopify = demo.twins.find(({ vendor }) => vendor === 'shopify')?.control;
  if (hubspot === undefined || shopify === undefined) return;
  const [contacts, customers] = await Promise.all([hubspot.list('contacts'), shopify.list('customers')]);
  say('');
  if (contacts.length + customers.length > 0) {
    say(`Resumed. Contacts in HubSpot: ${contacts.length}, customers in Shopify: ${customers.length}.`);
    return;
  }
  await tellStory({ store: demo.host.platform.portsFor('console').store, hubspot, shopify, say, signal });
}

try {
  const flags = parseDemoFlags(process.argv.slice(2));
  const config = configure();
  const demo = await startDemo(config, flags);
  const ending = new AbortController();
  closeOnSignal({
    async close() {
      ending.abort();
      await demo.close();
    },
  });
  onNpmGone(() => process.kill(process.pid, 'SIGTERM'));
  greet(demo, config, flags);
  if (!config.demoQuiet) {
    await tell(demo, ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted) throw error;
    });
  }
} catch (error) {
  if (!ConcordError.is(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * What `npm start` runs: the mesh on this machine, and a stand-in for each vendor that is not configured to be
 * a real one. Everything is kept in CONCORD_DATA_DIR, the vendors' stand-ins included, and a second start goes
 * on where the first one ended.
 *
 * Without CONCORD_DEMO_QUIET=1 an empty demo is opened with a short story, what changes is told, and the log is
 * kept to warnings.
 */
import { loadConfig, type Config } from '#shared/config/load-config.ts';
import { ConcordError } from '#shared/errors/concord-error.ts';
import { createSystemClock } from '#shared/platform/local/index.ts';
import { closeOnSignal } from '#shared/runtime/close-on-signal.ts';
import { endOnFault } from '#shared/runtime/end-on-fault.ts';
import { createLogger } from '#shared/telemetry/logger.ts';
import { parseDemoFlags, type DemoFlags } from './demo-flags.ts';
import { followRecords } from './follow.ts';
import { onNpmGone } from './on-npm-gone.ts';
import { startDemo, type Demo } from './start-demo.ts';
import { tellStory, type Conflict } from './story.ts';
import { nameOf } from './tell-changes.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function configure(): Config {
  const config = loadConfig();
  const isLevelChosen = (process.env['CONCORD_LOG_LEVEL'] ?? '').trim() !== '';
  return config.demoQuiet || isLevelChosen ? config : { ...config, logLevel: 'warning' };
}

function greet({ host, twins }: Demo, config: Config, { memory }: DemoFlags): void {
  const vendors = (['hubspot', 'shopify'] as const).map((system) => {
    const twin = twins.find(({ vendor }) => vendor === system);
    return [nameOf(system), twin === undefined ? 'the real one' : `${twin.url}  played by a twin`] as const;
  });
  const kept = memory ? 'nowhere: --memory' : `${config.dataDir}  remove it to start anew`;
  const rows = [['Console', `${host.url}/console/`], ...vendors, ['Data', kept]] as const;
  for (const [name, where] of rows) say(`${name.padEnd(8)} ${where}`);
  say('Ctrl-C ends.');
}

/** Opens an empty demo with the story, and tells what people do from then on. */
async function tell({ host, twins }: Demo, signal: AbortSignal): Promise<void> {
  const hubspot = twins.find(({ vendor }) => vendor === 'hubspot');
  const shopify = twins.find(({ vendor }) => vendor === 'shopify');
  if (hubspot === undefined || shopify === undefined) return;
  const { store } = host.platform.portsFor('console');
  const [contacts, customers] = await Promise.all([
    hubspot.control.list('contacts'),
    shopify.control.list('customers'),
  ]);
  say('');
  let open: Conflict | null = null;
  if (contacts.length + customers.length === 0) {
    open = await tellStory({ store, hubspot: hubspot.control, shopify: shopify.control, say, signal });
  } else {
    say(`Resumed. Contacts in HubSpot: ${contacts.length}, customers in Shopify: ${customers.length}.`);
  }
  say('');
  say('Now it is your turn. What comes of it is told here. For example:');
  say('');
  if (open !== null) {
    say(`   curl -s -X PATCH ${hubspot.url}/_twin/records/contacts/${open.contactId} \\`);
    say(`     -d '{"phone":"${open.phoneInShop}"}'`);
  }
  say(`   curl -s -X POST ${hubspot.url}/_twin/records/contacts \\`);
  say(`     -d '{"email":"zoe@example.com","firstname":"Zoe","lastname":"Park"}'`);
  say(`   curl -s ${shopify.url}/_twin/records/customers`);
  await followRecords({ store, say, signal });
}

endOnFault(createLogger({ clock: createSystemClock() }));
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

/** Stores that many customers, builds a plan over them, and says how long it took and how much memory was in use. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plans } from '#shared/model/plan.ts';
import { EntityType, FieldPath, PlanId, SystemId } from '#shared/model/ids.ts';
import { records } from '#shared/model/record.ts';
import { openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import { create, set } from '#shared/ports/document-store.ts';
import { COLLECTIONS } from '#shared/runtime/collections.ts';
import { newPlan } from '#shared/workflows/plans/new-plan.ts';
import { servePlan } from '#shared/workflows/plans/serve-plan.ts';
import { aContext } from '#test/support/builders/contexts.ts';
import { customer, policyOf } from '../stored-customers.ts';

const FIELDS = 10;
const PER_COMMIT = 250;
const PLAN = PlanId('plan_bench');

const count = Number(process.argv[2]);
const folder = await mkdtemp(join(tmpdir(), 'concord-plan-'));
const policy = policyOf(FIELDS);
const bare = aContext({}, [policy]);
const store = createLocalDocumentStore({
  database: openDatabase({ file: join(folder, 'plan.db'), durability: 'relaxed' }),
  clientId: 'bench',
  collections: COLLECTIONS,
  clock: bare.clock,
});
const fields = policy.fields.map(({ path }) => ({ path: FieldPath(path), native: path }));
const mapping = [{ type: EntityType('customer'), fields }] as never;
const context = {
  ...bare,
  ports: { ...bare.ports, store },
  client: { ...bare.client, mappings: { [SystemId('hubspot')]: mapping, [SystemId('shopify')]: mapping } },
};
for (let first = 0; first < count; first += PER_COMMIT) {
  const length = Math.min(PER_COMMIT, count - first);
  const page = Array.from({ length }, (_, index) => customer(first + index, FIELDS));
  await store.commit(page.map((record) => create(records.at(record.id), record)));
}
const plan = newPlan(
  context,
  {
    id: PLAN,
    kind: 'reconcile',
    scope: {
      kind: 'query',
      filter: { type: policy.type, dimension: null, class: null, cause: null, path: null, systems: [] },
    },
    direction: { default: { kind: 'by_owner' }, overrides: {} },
    createdBy: 'bench',
    reason: null,
    follows: null,
  },
  0,
);
await store.commit([set(plans.at(PLAN), plan)]);

let peak = 0;
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
while ((await servePlan(context, PLAN)) === 'goes_on') peak = Math.max(peak, process.memoryUsage.rss());
const seconds = (performance.now() - startedAt) / 1_000;
const cpu = process.cpuUsage(cpuBefore);
peak = Math.max(peak, process.memoryUsage.rss(), process.resourceUsage().maxRSS * 1_024);

const built = await store.get(plans.at(PLAN));
await rm(folder, { recursive: true });
process.stdout.write(
  `${JSON.stringify({
    records: built?.value.totals.examined ?? 0,
    items: built?.value.totals.items ?? 0,
    seconds: Math.round(seconds * 10) / 10,
    cpuSeconds: Math.round((cpu.user + cpu.system) / 100_000) / 10,
    peakMiB: Math.round(peak / 1_048_576),
  })}\n`,
);

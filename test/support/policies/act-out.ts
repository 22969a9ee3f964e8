/**
 * Acts out a counterexample: people do what it says, in the twins' own pages, in a world whose client has the policy;
 * then its promise is looked for in what the vendors hold and in the stored documents.
 */
import type { Counterexample, Edit, PolicyPromise, Saying } from '#shared/authority/check/finding.ts';
import { equalUnder } from '#shared/authority/equality.ts';
import { dimensionKey } from '#shared/authority/modes.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { attributes } from '#shared/model/attributes.ts';
import { fieldOf, sameValue, type FieldValue } from '#shared/model/field-value.ts';
import { ClientId, CONCORD, type FieldPath, type SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { work } from '#shared/model/work.ts';
import { set } from '#shared/ports/document-store.ts';
import { addMark } from '#shared/workflows/sync-record/marks.ts';
import { createWorld, type Side, type World } from '#test/support/mesh-world.ts';
import { switchMode } from '#test/support/switches.ts';
import type { TwinRecord } from '#test/twins/core/twin-control.ts';
import { HUBSPOT, SHOPIFY, type PolicyCase } from './generate/policy-case.ts';

/** Virtual time in which everything that follows from an edit has happened. */
const PAUSE_MS = 10 * 60_000;
/** Each vendor call takes time, so that a world without end gets nowhere at once. */
const LATENCY_MS = 100;
/** Deliveries after one edit of one record that only a world without end needs. */
const TOO_MANY_DELIVERIES = 300;

/** A client that has nothing but the policy. */
function clientOf({ policy, mappings }: PolicyCase): ClientDefinition {
  const systems = [HUBSPOT, SHOPIFY];
  return {
    id: ClientId('demo'),
    systems,
    entities: [policy],
    mappings: Object.fromEntries(
      systems.map((system) => [system, mappings[system] === undefined ? [] : [mappings[system]]]),
    ),
    initialMode: 'auto',
  };
}

/** A world that is stopped when it does not stop by itself. */
export interface Stage {
  readonly world: World;
  /** Lets everything happen that follows, and says whether it came to an end. */
  comesToRest(): Promise<boolean>;
}

/** Sets the stage for a policy. */
export async function createStage(one: PolicyCase): Promise<Stage> {
  let deliveries = 0;
  const isRestless = () => deliveries > TOO_MANY_DELIVERIES;
  const world = await createWorld({
    client: clientOf(one),
    logLevel: 'error',
    latencyMs: LATENCY_MS,
    wrapDeliver: (deliver) => async (delivery) => {
      deliveries += 1;
      if (isRestless()) throw new Error('The world does not come to rest.');
      return deliver(delivery);
    },
  });
  return {
    world,
    async comesToRest() {
      if (isRestless()) return false;
      deliveries = 0;
      await world.settle(PAUSE_MS);
      return !isRestless();
    },
  };
}

/** Whether the promise holds once the edits were made in a world with the policy. */
export async function holdsAfter(one: PolicyCase, { edits, promise }: Counterexample): Promise<boolean> {
  const { world, comesToRest } = await createStage(one);
  try {
    for (const edit of edits) {
      await act(world, edit);
      if (!(await comesToRest())) return false;
    }
    return promise.kind === 'rests' ? await comesToRest() : await isKept(world, one, promise);
  } finally {
    await world.close();
  }
}

function sideOf(world: World, system: SystemId): { readonly side: Side; readonly type: string } | undefined {
  if (system === HUBSPOT) return { side: world.hubspot, type: 'contacts' };
  return system === SHOPIFY ? { side: world.shopify, type: 'customers' } : undefined;
}

/** The record's object in a system. A counterexample is about one record. */
async function objectIn(world: World, system: SystemId): Promise<TwinRecord | undefined> {
  const found = sideOf(world, system);
  return found && (await found.side.control.list(found.type))[0];
}

async function act(world: World, edit: Edit): Promise<void> {
  switch (edit.kind) {
    case 'create':
      return createOrEdit(world, edit);
    case 'edit': {
      const object = await objectIn(world, edit.system);
      if (object === undefined) throw new Error(`There is no object in ${edit.system} to edit.`);
      await sideOf(world, edit.system)?.side.control.edit(typeOf(world, edit.system), object.id, edit.fields);
      return;
    }
    case 'remove': {
      const object = await objectIn(world, edit.system);
      if (object !== undefined)
        await sideOf(world, edit.system)?.side.control.remove(typeOf(world, edit.system), object.id);
      return;
    }
    case 'set':
      return setAttribute(world, edit.path, edit.value);
    case 'observe': {
      const since = toInstant(world.clock.now());
      const type = (await onlyRecord(world))?.type;
      const dimensions =
        type === undefined
          ? {}
          : { [dimensionKey(type, edit.dimension)]: { mode: 'observe', since } as const };
      await switchMode(world, 'auto', { dimensions });
      // What people do next is later than the switch by any clock.
      await world.runFor(60_000);
    }
  }
}

function typeOf(world: World, system: SystemId): string {
  return sideOf(world, system)?.type ?? '';
}

async function createOrEdit(
  world: World,
  { system, fields }: { readonly system: SystemId; readonly fields: Readonly<Record<string, JsonValue>> },
): Promise<void> {
  const control = sideOf(world, system)?.side.control;
  const object = await objectIn(world, system);
  if (object === undefined) await control?.create(typeOf(world, system), fields);
  else await control?.edit(typeOf(world, system), object.id, fields);
}

/** As an operator does in the console: the value and the debt to look at the record again are one commit. */
async function setAttribute(world: World, path: FieldPath, value: FieldValue): Promise<void> {
  const record = await onlyRecord(world);
  if (record === undefined) throw new Error('There is no record to note anything on.');
  const stored = await world.store.get(attributes.at(record.id));
  const owed = await world.store.get(work.at(record.id));
  if (owed === undefined) throw new Error('The record has no work document.');
  const at = toInstant(world.clock.now());
  const marked = addMark(
    owed.value,
    { system: CONCORD, vendorTime: null, lane: 'operator', evidence: [] },
    0,
    world.clock.now(),
  );
  const values = { ...stored?.value.values, [path]: { value, by: 'op-1', at } };
  await world.store.commit([
    set(attributes.at(record.id), { recordId: record.id, values }),
    set(work.at(record.id), marked.work),
  ]);
  // Nobody enqueued a task: the watchdog finds the debt.
  await world.runFor(5 * 60_000);
}

async function onlyRecord(world: World): Promise<RecordDocument | undefined> {
  return (await world.records()).find(({ state }) => state === 'active');
}

async function isKept(world: World, one: PolicyCase, promise: PolicyPromise): Promise<boolean> {
  const record = await onlyRecord(world);
  switch (promise.kind) {
    case 'says': {
      const said = await Promise.all(promise.sayings.map((saying) => isSaid(world, one, saying)));
      return said.every(Boolean);
    }
    case 'rests':
      return true;
    case 'exists':
      return (await objectIn(world, promise.system)) !== undefined;
    case 'lacks':
      return (await objectIn(world, promise.system)) === undefined;
    case 'holds':
      return isSame(
        one,
        promise.path,
        record?.golden[promise.path]?.value ?? fieldOf({}, promise.path),
        promise.value,
      );
    case 'state':
      return record !== undefined && promise.oneOf.includes(record.lifecycle);
    case 'compared':
      return verdictsOf(record).some(
        ([path, { verdict }]) =>
          path === promise.path && !['unchecked', 'undetermined', 'excluded'].includes(verdict),
      );
    case 'judged':
      return record?.verdicts[promise.dimension] !== undefined;
    case 'applied':
      return (await rulesApplied(world, record)).some((rule) => rule.includes(promise.name));
  }
}

async function isSaid(world: World, one: PolicyCase, { system, path, value }: Saying): Promise<boolean> {
  const object = await objectIn(world, system);
  const mapped = one.mappings[system]?.fields.filter((field) => field.path === path) ?? [];
  if (object === undefined || mapped.length === 0) return false;
  return mapped.every(({ native, from }) => isSame(one, path, from(object[native] as JsonValue), value));
}

function isSame({ policy }: PolicyCase, path: FieldPath, a: FieldValue, b: FieldValue): boolean {
  const field = policy.fields.find((candidate) => candidate.path === path);
  return field === undefined ? sameValue(a, b) : equalUnder(policy, field, a, b);
}

function verdictsOf(record: RecordDocument | undefined) {
  return Object.values(record?.verdicts ?? {}).flatMap(({ fields }) => Object.entries(fields));
}

/** The names of all rules that a verdict or a decision of the past names. */
async function rulesApplied(world: World, record: RecordDocument | undefined): Promise<readonly string[]> {
  if (record === undefined) return [];
  const history = await world.history(record);
  return [...verdictsOf(record).map(([, { rule }]) => rule), ...history.flatMap(({ rule }) => rule ?? [])];
}

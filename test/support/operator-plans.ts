import { expect } from 'vitest';
import type { Role } from '#shared/model/capabilities.ts';
import { askConsole, type ConsoleAnswer } from './console-client.ts';
import type { World } from './mesh-world.ts';

/** A plan as the console tells it; what else it says stands in the answer. */
export interface PlanView extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly hash: string;
  readonly state: string;
}

type Person = `${string}:${Role}`;

/** Asks for a preview and waits until it is complete. */
export async function previewed(world: World, body: object, as: Person = 'olga:operator'): Promise<PlanView> {
  const asked = await askConsole(world, 'POST', '/plans', { as, body });
  expect(asked).toMatchObject({ status: 202 });
  await world.step();
  return planNow(world, String(asked.body['id']), as);
}

/** A plan as it stands now. */
export async function planNow(world: World, id: string, as: Person = 'olga:operator'): Promise<PlanView> {
  const answer = await askConsole(world, 'GET', `/plans/${id}`, { as });
  expect(answer.status).toBe(200);
  return answer.body as PlanView;
}

/** Items of a plan, all on one page. */
export async function itemsOf(
  world: World,
  { id }: { readonly id: string },
): Promise<readonly PlanItemView[]> {
  const answer = await askConsole(world, 'GET', `/plans/${id}/items?limit=200`);
  expect(answer.status).toBe(200);
  return answer.body['items'] as readonly PlanItemView[];
}

/** An item as the console tells it. */
export interface PlanItemView extends Readonly<Record<string, unknown>> {
  readonly recordId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly operations: readonly {
    readonly system: string;
    readonly fields: readonly { readonly path: string; readonly from: object; readonly to: object }[];
  }[];
}

/** Applies a plan as it was seen. Nothing has been carried out yet. */
export function applying(
  world: World,
  { id, hash }: Pick<PlanView, 'id' | 'hash'>,
  said: object = {},
  as: Person = 'olga:operator',
): Promise<ConsoleAnswer> {
  return askConsole(world, 'POST', `/plans/${id}/apply`, { as, body: { hash, ...said } });
}

/** Applies a plan and lets the world come to rest. @returns the operation. */
export async function applied(
  world: World,
  plan: Pick<PlanView, 'id' | 'hash'>,
  said: object = {},
  as: Person = 'olga:operator',
): Promise<Readonly<Record<string, unknown>>> {
  expect(await applying(world, plan, said, as)).toMatchObject({ status: 202 });
  await world.settle();
  return (await askConsole(world, 'GET', `/operations/${plan.id}`)).body;
}

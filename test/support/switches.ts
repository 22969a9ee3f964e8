import type { SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import { controlRef, type ControlSettings, type Modes } from '#shared/model/settings.ts';
import type { Mode } from '#shared/model/vocabulary.ts';
import { set } from '#shared/ports/document-store.ts';
import type { World } from './mesh-world.ts';

/** Switches the client to a mode, as of now. */
export async function switchMode(world: World, mode: Mode, others: Partial<Modes> = {}): Promise<void> {
  const client = { mode, since: toInstant(world.clock.now()) };
  await write(world, (before) => ({ ...before, modes: { ...before.modes, client, ...others } }));
}

/** Pauses writes to a system until it is resumed. */
export async function pause(world: World, system: SystemId): Promise<void> {
  const paused = { by: 'op-1', at: toInstant(world.clock.now()), reason: 'maintenance', until: null };
  await write(world, (before) => ({ ...before, pauses: { ...before.pauses, [system]: paused } }));
}

/** Lets writes to a system go on. */
export async function resume(world: World, system: SystemId): Promise<void> {
  await write(world, (before) => {
    const { [system]: _, ...pauses } = before.pauses;
    return { ...before, pauses };
  });
}

async function write(world: World, change: (before: ControlSettings) => ControlSettings): Promise<void> {
  const stored = await world.store.get(controlRef);
  const before: ControlSettings = stored?.value ?? {
    modes: { client: { mode: 'auto', since: null }, systems: {}, dimensions: {} },
    pauses: {},
  };
  await world.store.commit([set(controlRef, change(before))]);
}

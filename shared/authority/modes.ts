import type { Dimension, EntityType, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { Modes, ModeSetting } from '#shared/model/settings.ts';
import { MODES } from '#shared/model/vocabulary.ts';

/** The key of a dimension in {@link Modes}. */
export function dimensionKey(type: EntityType, dimension: Dimension): string {
  return `${type}.${dimension}`;
}

/**
 * The mode that holds for a dimension in one system: the most cautious of the client's, the system's and the
 * dimension's. It holds since the last of them came to be.
 */
export function modeFor(modes: Modes, type: EntityType, dimension: Dimension, system: SystemId): ModeSetting {
  const settings = [modes.client, modes.systems[system], modes.dimensions[dimensionKey(type, dimension)]];
  return settings.reduce<ModeSetting>(
    (strictest, setting) => (setting === undefined ? strictest : stricter(strictest, setting)),
    modes.client,
  );
}

/** The modes of a client that acts by itself and always did. */
export const ALWAYS_AUTO: Modes = Object.freeze<Modes>({
  client: { mode: 'auto', since: null },
  systems: {},
  dimensions: {},
});

/** Whether evidence of that time is later than the switch. Evidence without a time is not: nobody can say. */
export function isAfterSwitch({ since }: ModeSetting, at: Instant | null): boolean {
  return since === null || (at !== null && at > since);
}

function stricter(a: ModeSetting, b: ModeSetting): ModeSetting {
  const byCaution = MODES.indexOf(a.mode) - MODES.indexOf(b.mode);
  if (byCaution !== 0) return byCaution < 0 ? a : b;
  if (a.since === null || b.since === null) return a.since === null ? b : a;
  return a.since > b.since ? a : b;
}

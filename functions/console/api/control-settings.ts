import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { Instant } from '#shared/model/instant.ts';
import type { ControlSettings, Pause } from '#shared/model/settings.ts';

/** What operators have switched, else what the client begins with. */
export function currentSettings(
  { initialMode }: ClientDefinition,
  stored: ControlSettings | undefined,
): ControlSettings {
  return (
    stored ?? {
      modes: { client: { mode: initialMode, since: null }, systems: {}, dimensions: {} },
      pauses: {},
    }
  );
}

/** Whether a pause has ended by itself. */
export function isOver({ until }: Pause, now: Instant): boolean {
  return until !== null && until <= now;
}

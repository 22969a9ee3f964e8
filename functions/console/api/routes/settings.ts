import { z } from 'zod';
import { dimensionKey } from '#shared/authority/modes.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability } from '#shared/model/capabilities.ts';
import { toInstant, type Instant } from '#shared/model/instant.ts';
import type { JsonValue } from '#shared/model/json.ts';
import { controlRef, type ControlSettings, type ModeSetting, type Pause } from '#shared/model/settings.ts';
import { MODES, type Mode } from '#shared/model/vocabulary.ts';
import { create, set, type Snapshot } from '#shared/ports/document-store.ts';
import { currentSettings, isOver } from '../control-settings.ts';
import { isCurrent, strongTag } from '../etag.ts';
import { refuse, type Refusal } from '../problem.ts';
import { readRoute, writeRoute, type Decided, type Route } from '../route.ts';
import type { ApiContext, WriteCall } from '../context.ts';
import { instantText, reasonText } from '../schemas.ts';

const mode = z.enum(MODES, { error: `must be one of ${MODES.join(', ')}.` });
const name = z.string().min(1).max(100);

const SettingsPatchSchema = z
  .strictObject({
    reason: reasonText,
    /**
     * The most cautious of client, system and dimension holds, so `auto` is what takes a brake off again: a mode that
     * is simply forgotten would release what was seen while it held.
     */
    modes: z
      .strictObject({
        client: mode.optional(),
        systems: z.record(name, mode).optional(),
        dimensions: z.record(name, mode).optional(),
      })
      .optional(),
    /** By system: a pause, or null to resume. */
    pauses: z.record(name, z.strictObject({ until: instantText.nullable() }).nullable()).optional(),
  })
  .refine(({ modes, pauses }) => modes !== undefined || pauses !== undefined, {
    message: 'name modes or pauses to change.',
  });

type SettingsPatch = z.output<typeof SettingsPatchSchema>;

export const SETTINGS_ROUTES: readonly Route[] = [
  readRoute({
    path: '/settings',
    capability: Capability.readSettings,
    params: z.strictObject({}),
    query: z.strictObject({}),
    async read(context) {
      const { current } = await readSettings(context);
      const now = toInstant(context.ports.clock.now());
      return { kind: 'found', body: { ...told(current, now), asOf: now }, etag: strongTag(current) };
    },
  }),
  writeRoute({
    method: 'PATCH',
    path: '/settings',
    capability: Capability.changeSettings,
    needsVersion: true,
    params: z.strictObject({}),
    body: SettingsPatchSchema,
    decide: changeSettings,
  }),
];

interface Stored {
  readonly stored: Snapshot<ControlSettings> | undefined;
  /** What is stored, or what the client begins with. */
  readonly current: ControlSettings;
  readonly client: ClientDefinition;
}

async function readSettings({ ports, load }: ApiContext): Promise<Stored> {
  const [{ client }, stored] = await Promise.all([load(), ports.store.get(controlRef)]);
  return { stored, current: currentSettings(client, stored?.value), client };
}

async function changeSettings(
  context: ApiContext,
  { operator, body, ifMatch }: WriteCall<unknown, SettingsPatch>,
): Promise<Decided | Refusal> {
  const { stored, current, client } = await readSettings(context);
  if (!isCurrent(ifMatch, strongTag(current)))
    return refuse('precondition_failed', 'The settings were changed since you read them; read them again.');
  const now = toInstant(context.ports.clock.now());
  const unknown = unknownNames(client, body, now);
  if (unknown !== null) return unknown;
  const changed = patched(current, body, { by: operator.id, now });
  return {
    kind: 'decided',
    writes: [stored === undefined ? create(controlRef, changed) : set(controlRef, changed, stored.version)],
    status: 200,
    body: told(changed, now),
    etag: strongTag(changed),
    audit: {
      action: AuditAction.changeSettings,
      target: { kind: 'settings', id: 'control' },
      reason: body.reason,
      before: asJson(current),
      after: asJson(changed),
    },
  };
}

/** A switch for a system or dimension that is not there would be believed to hold. */
function unknownNames(
  client: ClientDefinition,
  { modes, pauses }: SettingsPatch,
  now: Instant,
): Refusal | null {
  const systems: readonly string[] = client.systems;
  const dimensions = new Set(
    client.entities.flatMap(({ type, fields, presenceDimension }) =>
      [presenceDimension, ...fields.map(({ dimension }) => dimension)].map((one) => dimensionKey(type, one)),
    ),
  );
  const fields = Object.fromEntries([
    ...[...Object.keys(modes?.systems ?? {}), ...Object.keys(pauses ?? {})]
      .filter((system) => !systems.includes(system))
      .map((system) => [system, `is no system of this client; they are ${systems.join(', ')}.`]),
    ...Object.keys(modes?.dimensions ?? {})
      .filter((dimension) => !dimensions.has(dimension))
      .map((dimension) => [dimension, `is no dimension; they are ${[...dimensions].join(', ')}.`]),
    ...Object.entries(pauses ?? {})
      .filter(([, pause]) => pause?.until != null && pause.until <= now)
      .map(([system]) => [system, 'until must lie in the future.']),
  ]);
  return Object.keys(fields).length === 0
    ? null
    : refuse('invalid_request', 'The settings name what cannot be set.', { fields });
}

function patched(
  current: ControlSettings,
  { modes, pauses, reason }: SettingsPatch,
  { by, now }: { readonly by: string; readonly now: Instant },
): ControlSettings {
  const set = (setting: ModeSetting | undefined, wanted: Mode): ModeSetting =>
    setting?.mode === wanted ? setting : { mode: wanted, since: now };
  const setAll = (
    settings: Readonly<Record<string, ModeSetting>>,
    wanted: Readonly<Record<string, Mode>> = {},
  ): Record<string, ModeSetting> => ({
    ...settings,
    ...Object.fromEntries(Object.entries(wanted).map(([key, one]) => [key, set(settings[key], one)])),
  });
  const paused: Readonly<Record<string, Pause | null>> = {
    ...current.pauses,
    ...pausesOf(pauses, { by, at: now, reason }),
  };
  return {
    modes: {
      client: modes?.client === undefined ? current.modes.client : set(current.modes.client, modes.client),
      systems: setAll(current.modes.systems, modes?.systems),
      dimensions: setAll(current.modes.dimensions, modes?.dimensions),
    },
    pauses: Object.fromEntries(
      Object.entries(paused).flatMap(([system, pause]) => (pause === null ? [] : [[system, pause] as const])),
    ),
  };
}

function pausesOf(
  pauses: SettingsPatch['pauses'] = {},
  common: Omit<Pause, 'until'>,
): Readonly<Record<string, Pause | null>> {
  return Object.fromEntries(
    Object.entries(pauses).map(([system, pause]) => [
      system,
      pause === null ? null : { ...common, until: pause.until },
    ]),
  );
}

/** Settings as they are told: a pause whose time is over says so. */
function told({ modes, pauses }: ControlSettings, now: Instant): object {
  return {
    modes,
    pauses: Object.fromEntries(
      Object.entries(pauses).map(([system, pause]) => [system, { ...pause, isOver: isOver(pause, now) }]),
    ),
  };
}

function asJson(settings: ControlSettings): JsonValue {
  return structuredClone(settings) as unknown as JsonValue;
}

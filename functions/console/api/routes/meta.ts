import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { cadenceOf } from '#shared/authority/check-policy.ts';
import { lifecycleStates } from '#shared/authority/lifecycle.ts';
import type { EntityPolicy, FieldPolicy } from '#shared/authority/policy.ts';
import { authoritiesOf, unitOf } from '#shared/authority/rules.ts';
import type { Connector } from '#shared/connectors/connector.ts';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability, CAPABILITIES_OF } from '#shared/model/capabilities.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import {
  CauseCode,
  EventReason,
  LANES,
  MODES,
  RunState,
  ServedReason,
  VERDICT_ORDER,
} from '#shared/model/vocabulary.ts';
import { MAX_LIMIT } from '../page.ts';
import { readRoute, type Route } from '../route.ts';
import { NOTHING } from '../schemas.ts';

/** The closed word lists, so that a page shows what the server says and decides nothing itself. */
const VOCABULARY = Object.freeze({
  /** From best to worst. */
  verdicts: VERDICT_ORDER,
  causes: Object.values(CauseCode),
  freshness: ['fresh', 'ageing', 'stale', 'never'],
  runStates: Object.values(RunState),
  lanes: LANES,
  modes: MODES,
  servedReasons: Object.values(ServedReason),
  eventReasons: Object.values(EventReason),
  auditActions: Object.values(AuditAction),
  roles: CAPABILITIES_OF,
});

export const META_ROUTES: readonly Route[] = [
  readRoute({
    path: '/meta',
    capability: Capability.readOverview,
    params: NOTHING,
    query: NOTHING,
    async read({ ports, load }) {
      const { client, connectors, release } = await load();
      return {
        kind: 'found',
        body: {
          client: { id: client.id },
          entityTypes: client.entities.map((policy) => entityTypeOf(client, policy)),
          systems: client.systems.map((system) => systemOf(system, connectors.get(system))),
          vocabulary: VOCABULARY,
          limits: { pageSize: MAX_LIMIT },
          build: { release },
          serverTime: toInstant(ports.clock.now()),
        },
      };
    },
  }),
];

function entityTypeOf(client: ClientDefinition, policy: EntityPolicy): object {
  const dimensions = new Set([policy.presenceDimension, ...policy.fields.map(({ dimension }) => dimension)]);
  return {
    type: policy.type,
    lifecycleStates: lifecycleStates(policy),
    presence: policy.presence,
    dimensions: [...dimensions].map((dimension) => ({
      dimension,
      holdsPresence: dimension === policy.presenceDimension,
      targetMs: cadenceOf(policy, dimension).targetMs,
    })),
    fields: policy.fields.map((field) => fieldOf(client, policy, field)),
    attributes: client.attributes?.[policy.type] ?? [],
  };
}

function fieldOf(client: ClientDefinition, policy: EntityPolicy, field: FieldPolicy): object {
  const { path, dimension, normaliser, isSensitive = false } = field;
  const mapped = client.systems.filter((system) =>
    client.mappings[system]?.some(
      ({ type, fields }) => type === policy.type && fields.some((one) => one.path === path),
    ),
  );
  return {
    path,
    label: labelOf(path),
    dimension,
    normaliser,
    isSensitive,
    systems: mapped,
    rules: lifecycleStates(policy).map((lifecycle) => {
      const unit = unitOf(policy, lifecycle, path);
      return {
        lifecycle,
        rule: unit?.name.id ?? null,
        owners: authoritiesOf(unit?.rule ?? null),
        apply: unit?.apply ?? field.apply,
      };
    }),
  };
}

function systemOf(system: SystemId, connector: Connector | undefined): object {
  const capabilities = connector?.reader.capabilities;
  return {
    id: system,
    timeResolutionMs: capabilities?.timeResolutionMs ?? null,
    /** Whether a value that we overwrote unseen can be seen afterwards (M5). */
    overwrite: capabilities?.overwrite ?? null,
  };
}

/** `firstName` reads as `First name`. */
function labelOf(path: string): string {
  const words = path.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return `${words[0]?.toUpperCase()}${words.slice(1)}`;
}

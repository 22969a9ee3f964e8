import type { EntityPolicy } from '#shared/authority/policy.ts';
import { Dimension, EntityType, FieldPath, NativeId, RecordId, SystemId } from '#shared/model/ids.ts';
import { valueOf, type FieldValues } from '#shared/model/field-value.ts';
import { toInstant } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';

const SYSTEMS = [SystemId('hubspot'), SystemId('shopify')] as const;
const [hubspot, shopify] = SYSTEMS;
const AT = toInstant(Date.UTC(2026, 10, 20, 9));

/** A policy of that many fields: half of them owned by each side, every fifth for both to edit. */
export function policyOf(fields: number): EntityPolicy {
  return {
    type: EntityType('customer'),
    presence: { [hubspot]: 'required', [shopify]: 'required' },
    presenceDimension: Dimension('identity'),
    region: 'US',
    fields: Array.from({ length: fields }, (_, index) => ({
      path: FieldPath(`field${index}`),
      dimension: Dimension(index % 2 === 0 ? 'identity' : 'profile'),
      rule:
        index % 5 === 0
          ? ({ kind: 'latest', systems: SYSTEMS } as const)
          : ({ kind: 'owner', system: SYSTEMS[index % 2] ?? hubspot } as const),
      apply: 'ask' as const,
      normaliser: 'text' as const,
    })),
  };
}

/** A record that both systems hold. Every third one has a field that waits for an operator. */
export function customer(index: number, fields: number): RecordDocument {
  const isBehind = index % 3 === 0;
  const values = valuesOf(index, fields);
  const moved: FieldValues = isBehind
    ? { ...values, [FieldPath('field0')]: valueOf(`moved ${index}`) }
    : values;
  const said = { [hubspot]: moved, [shopify]: values };
  const paths = Object.keys(values) as FieldPath[];
  const cause = { system: hubspot, evidence: null, rule: 'bench', acceptedAt: AT };
  const ofSystems = <T>(of: (system: SystemId) => T): Readonly<Record<SystemId, T>> =>
    Object.fromEntries(SYSTEMS.map((system) => [system, of(system)]));
  const nativeId = (system: SystemId) => NativeId(`${system}-${index}`);
  return {
    id: RecordId(`rec_${String(index).padStart(8, '0')}`),
    type: EntityType('customer'),
    state: 'active',
    mergedInto: null,
    lifecycle: 'active',
    links: ofSystems((system) => ({
      nativeId: nativeId(system),
      state: 'active',
      deniedAt: null,
      linkedAt: AT,
      evidence: 'email',
    })),
    representations: ofSystems((system) => ({
      nativeId: nativeId(system),
      fields: said[system] ?? {},
      keys: [],
      ownId: null,
      version: 'v1',
      modifiedAt: AT,
      observedAt: AT,
      method: 'read',
    })),
    bases: ofSystems(() =>
      Object.fromEntries(paths.map((path) => [path, { value: values[path] ?? valueOf(''), modifiedAt: AT }])),
    ),
    golden: Object.fromEntries(paths.map((path) => [path, { value: values[path] ?? valueOf(''), cause }])),
    ledger: {},
    refusals: {},
    swallowed: {},
    tolerances: {},
    holds: {},
    unexplainedSince: {},
    verdicts: {},
    claims: [],
    writeSets: {},
    usedFacts: [],
    passNumber: 0,
    epoch: 0,
    release: 0,
    historyCount: 0,
    createdAt: AT,
  };
}

function valuesOf(index: number, fields: number): FieldValues {
  return Object.fromEntries(
    Array.from({ length: fields }, (_, field) => [
      FieldPath(`field${field}`),
      valueOf(`value ${index} of ${field}`),
    ]),
  );
}

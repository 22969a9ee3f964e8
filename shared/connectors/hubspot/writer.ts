import type { FieldPath } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { invalidArgument } from '#shared/errors/faults.ts';
import { vendorProtocol, type VendorCall } from '#shared/errors/vendor-faults.ts';
import type { FieldValue, FieldValues } from '#shared/model/field-value.ts';
import type { Representation } from '#shared/model/representation.ts';
import type {
  CreateRequest,
  CreateResult,
  EntityMapping,
  FieldMapping,
  RemoveRequest,
  RemoveResult,
  SystemWriter,
  UpdateRequest,
} from '../connector.ts';
import { fieldMappingOf, mappingOf, representationOf, toNative } from '../native-fields.ts';
import { HUBSPOT } from './capabilities.ts';
import { isEmptied, isMissing, isTaken, misshapen } from './errors.ts';
import { replacedValue, storedAt } from './history.ts';
import { objectsPath, OWN_ID_PROPERTY, type HistoryEntry, type HubspotObject } from './objects.ts';
import { nativeObjectOf, parseObject, readObject, type HubspotReaderDependencies } from './reader.ts';

/** HubSpot takes no idempotency key: a create is made unique by our own id, an update is repeatable (M2). */
export function createHubspotWriter(dependencies: HubspotReaderDependencies): SystemWriter {
  const { client, clock, mappings } = dependencies;
  return {
    async update({ type, nativeId, fields }: UpdateRequest): Promise<Representation> {
      const mapping = mappingOf(mappings, type);
      const properties = toNative(mapping, fields);
      if (Object.keys(properties).length === 0)
        throw invalidArgument(`An update of ${type} ${nativeId} names no value.`);
      const call: VendorCall = {
        system: HUBSPOT,
        action: 'update',
        subject: `${type} ${nativeId}`,
        writes: true,
      };
      const path = objectsPath(mapping.object, nativeId);
      const sentAtMs = clock.now();
      const result = await client.call(call, { method: 'PATCH', path, body: { properties } });
      if (result.status !== 'ok') throw misshapen(call);
      const object = parseObject(call, result.body);
      // Merged away since it was read (M16); the next read says by whom.
      if (object.id !== nativeId) throw vendorProtocol(call, 'another object answered');
      return storedIn(mapping, object, sentAtMs);
    },

    async create({ type, ownId, fields }: CreateRequest): Promise<CreateResult> {
      const mapping = mappingOf(mappings, type);
      const properties = { ...toNative(mapping, fields), [OWN_ID_PROPERTY]: ownId };
      const call: VendorCall = {
        system: HUBSPOT,
        action: 'create',
        subject: `${type} of ${ownId}`,
        writes: true,
      };
      const path = objectsPath(mapping.object);
      const sentAtMs = clock.now();
      const result = await client.call(
        call,
        { method: 'POST', path, body: { properties } },
        { exists: isTaken },
      );
      if (result.status === 'expected') return { status: 'exists' };
      return { status: 'created', stored: storedIn(mapping, parseObject(call, result.body), sentAtMs) };
    },

    /**
     * HubSpot answers a deletion of what is not there like any other. One under an id that was merged away would reach
     * the survivor: whoever removes reads the object first (M16).
     */
    async remove({ type, nativeId }: RemoveRequest): Promise<RemoveResult> {
      const call: VendorCall = {
        system: HUBSPOT,
        action: 'remove',
        subject: `${type} ${nativeId}`,
        writes: true,
      };
      const path = objectsPath(mappingOf(mappings, type).object, nativeId);
      const result = await client.call(
        call,
        { method: 'DELETE', path },
        { removed: isEmptied, gone: isMissing },
      );
      if (result.status !== 'expected') throw misshapen(call);
      return { status: result.meaning === 'gone' ? 'gone' : 'removed' };
    },

    async readBack(type, nativeId, written, sent) {
      const mapping = mappingOf(mappings, type);
      const withHistory = written.map((path) => fieldMappingOf(mapping, path).native);
      const found = await readObject(
        { ...dependencies, mapping, withHistory },
        nativeId,
        'read back',
        'read_back',
      );
      if (found.status !== 'found') return found;
      const histories = historiesOf(mapping, found.object, written);
      return {
        status: 'found',
        representation: found.representation,
        replaced: replacedValues(histories, sent ?? {}),
        storedAt: storedTimes(histories, sent ?? {}),
      };
    },
  };
}

/** HubSpot answers a write with the written properties and a few of its own; the others stay unknown. */
function storedIn(mapping: EntityMapping, object: HubspotObject, sentAtMs: number): Representation {
  const stored = { ...nativeObjectOf(mapping, object), covers: 'some' as const };
  return representationOf(mapping, stored, sentAtMs, 'write_response');
}

interface FieldHistory {
  readonly field: FieldMapping;
  /** Newest entry first. */
  readonly history: readonly HistoryEntry[];
}

function historiesOf(
  mapping: EntityMapping,
  object: HubspotObject,
  written: readonly FieldPath[],
): readonly FieldHistory[] {
  return written.map((path) => {
    const field = fieldMappingOf(mapping, path);
    return { field, history: object.propertiesWithHistory?.[field.native] ?? [] };
  });
}

function replacedValues(histories: readonly FieldHistory[], sent: FieldValues): FieldValues {
  const entries = histories.flatMap(({ field, history }): readonly [FieldPath, FieldValue][] => {
    const replaced = replacedValue(field, history, sent[field.path]);
    return replaced === undefined ? [] : [[field.path, replaced]];
  });
  return Object.fromEntries(entries);
}

function storedTimes(
  histories: readonly FieldHistory[],
  sent: FieldValues,
): Readonly<Record<FieldPath, Instant>> {
  const entries = histories.flatMap(({ field, history }): readonly [FieldPath, Instant][] => {
    const value = sent[field.path];
    const at = value === undefined ? undefined : storedAt(field, history, value);
    return at === undefined ? [] : [[field.path, at]];
  });
  return Object.fromEntries(entries);
}

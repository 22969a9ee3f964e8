import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import type { Role } from '#shared/model/capabilities.ts';
import { normalEmail } from '#shared/model/email.ts';
import { crosswalkRef, naturalKeyRef } from '#shared/model/identity-documents.ts';
import { NativeId, RecordId, type EntityType, type SystemId } from '#shared/model/ids.ts';
import { records } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { policyOf } from './entity-policies.ts';
import { sightOf } from './masking.ts';

/** Natural key and field in one. */
const EMAIL = 'email';

/** One exact way to ask for a record. */
export interface Look {
  readonly by: 'record_id' | 'native_id' | 'natural_key';
  readonly system: string | null;
  readonly type: string | null;
  readonly find: (store: DocumentStore) => Promise<RecordId | null>;
}

/** What one way of asking found. */
export interface Found {
  readonly look: Look;
  readonly recordId: RecordId | null;
}

/** Asks in every way given. */
export function lookUp(store: DocumentStore, looks: readonly Look[]): Promise<readonly Found[]> {
  return Promise.all(looks.map(async (look) => ({ look, recordId: await look.find(store) })));
}

/**
 * Everything that a text may be: a record's id, an id in any system or in the one it names, an e-mail address that the
 * role may see.
 */
export function looksForText(
  client: ClientDefinition,
  role: Role,
  text: string,
  type: EntityType | undefined,
): readonly Look[] {
  const types = typesOf(client, type);
  // To find a record by a value that is hidden would tell whose it is.
  const typesByEmail = types.filter((one) => !sightOf(role, policyOf(client, one)).isHidden(EMAIL));
  const named = client.systems.find((one) => text.startsWith(`${one}:`));
  const id = NativeId(named === undefined ? text : text.slice(named.length + 1));
  const systems = named === undefined ? client.systems : [named];
  return [
    ...(/^rec_\w{1,40}$/.test(text) ? [recordLook(RecordId(text))] : []),
    ...systems.flatMap((one) => types.map((entityType) => nativeLook(one, entityType, id))),
    ...(text.includes('@') ? typesByEmail.map((entityType) => emailLook(entityType, text)) : []),
  ];
}

/** An id in one system, of one type or of any. */
export function looksForNativeId(
  client: ClientDefinition,
  system: SystemId,
  id: NativeId,
  type: EntityType | undefined,
): readonly Look[] {
  return typesOf(client, type).map((one) => nativeLook(system, one, id));
}

function typesOf({ entities }: ClientDefinition, wanted: EntityType | undefined): readonly EntityType[] {
  return entities.map(({ type }) => type).filter((type) => wanted === undefined || type === wanted);
}

function recordLook(id: RecordId): Look {
  return {
    by: 'record_id',
    system: null,
    type: null,
    find: async (store) => (await store.get(records.at(id)))?.value.id ?? null,
  };
}

function nativeLook(system: SystemId, type: EntityType, id: NativeId): Look {
  return {
    by: 'native_id',
    system,
    type,
    find: async (store) => (await store.get(crosswalkRef(system, type, id)))?.value.recordId ?? null,
  };
}

function emailLook(type: EntityType, text: string): Look {
  const key = { key: EMAIL, value: normalEmail(text) };
  return {
    by: 'natural_key',
    system: null,
    type,
    find: async (store) => (await store.get(naturalKeyRef(type, key)))?.value.recordId ?? null,
  };
}

import { ConcordError } from '#shared/errors/concord-error.ts';
import type { CreateResult, FindResult, RemoveResult } from '#shared/connectors/connector.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import { RecordId, type NativeId } from '#shared/model/ids.ts';
import type { Representation } from '#shared/model/representation.ts';
import type { Http, HttpRequest } from '#shared/ports/http.ts';
import type { ConnectorUnderTest } from './connector-under-test.ts';

export const OWN = RecordId('rec_01J00000000000000000000000');
export const OTHER_OWN = RecordId('rec_01J00000000000000000000001');
export const ADA = 'ada@example.com';

export type Named = Readonly<Record<string, FieldValue>>;

export function update(
  world: ConnectorUnderTest,
  nativeId: NativeId,
  fields: Named,
): Promise<Representation> {
  return world.connector.writer.update({ type: world.type, nativeId, fields, idempotencyKey: 'run/step/0' });
}

export function create(world: ConnectorUnderTest, fields: Named, ownId = OWN): Promise<CreateResult> {
  return world.connector.writer.create({ type: world.type, ownId, fields, idempotencyKey: 'run/step/0' });
}

export function remove({ connector, type }: ConnectorUnderTest, nativeId: NativeId): Promise<RemoveResult> {
  return connector.writer.remove({ type, nativeId, idempotencyKey: 'run/step/0' });
}

export function find(
  world: ConnectorUnderTest,
  ownId: RecordId | null,
  ...emails: readonly string[]
): Promise<FindResult> {
  return world.connector.reader.find({
    type: world.type,
    ownId,
    keys: emails.map((value) => ({ key: 'email', value })),
  });
}

export async function read(world: ConnectorUnderTest, nativeId: NativeId): Promise<Representation> {
  const result = await world.connector.reader.read(world.type, nativeId);
  if (result.status !== 'found') throw new Error(`The read answered ${result.status}.`);
  return result.representation;
}

export async function failureOf(call: Promise<unknown>): Promise<ConcordError> {
  const failure: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!ConcordError.is(failure)) throw new Error('The call did not fail with an error of ours.');
  return failure;
}

export async function createdId(world: ConnectorUnderTest, fields: Named, ownId = OWN): Promise<NativeId> {
  const result = await create(world, fields, ownId);
  if (result.status !== 'created') throw new Error('The vendor says that it exists.');
  return result.stored.nativeId;
}

/** Every answer that the vendor gives with success loses its body on the way, once the vendor is prepared. */
export function garbling(body: string): (http: Http) => Http {
  return (http) => ({
    async send(request) {
      const answer = await http.send(request);
      return isPreparation(request) || answer.status !== 200 ? answer : { ...answer, body };
    },
  });
}

function isPreparation({ url, body = '' }: HttpRequest): boolean {
  return url.includes('/crm/properties/') || body.includes('etafieldDefinition');
}

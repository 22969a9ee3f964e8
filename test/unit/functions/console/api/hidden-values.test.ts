import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import { naturalKeyRef } from '#shared/model/identity-documents.ts';
import { FieldPath, RecordId } from '#shared/model/ids.ts';
import { recordHistory, records, type HistoryEntry } from '#shared/model/record.ts';
import { work } from '#shared/model/work.ts';
import { set } from '#shared/ports/document-store.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { CUSTOMER, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecordOf, minute, RUN_ID, says } from '#test/support/builders/records.ts';
import { aWork } from '#test/support/builders/work.ts';
import { askConsole } from '#test/support/console-client.ts';

const ANA = RecordId('rec_ana');
const EMAIL = FieldPath('email');
const VIEWER = 'vera:viewer';
const OPERATOR = 'olga:operator';
const VERSION = '2026-11-20T09:00:00Z#a-hash-of-it';

/** A removal of Ana's customer that the shop refused. */
const REFUSED_REMOVAL: HistoryEntry = {
  seq: 1,
  kind: 'refused',
  recordedAt: minute(5),
  trueSince: null,
  system: SHOPIFY,
  path: '@shopify',
  before: says(VERSION),
  after: null,
  rule: 'r',
  cause: { kind: 'run', id: RUN_ID },
};

/** A console at which Ana is known, where viewers do not see one field. */
async function withHidden(hidden: FieldPath): Promise<TestConsole> {
  const desk = await aConsole({
    client: {
      ...demo,
      entities: demo.entities.map((policy) => ({
        ...policy,
        fields: policy.fields.map((field) =>
          field.path === hidden ? { ...field, isSensitive: true } : field,
        ),
      })),
    },
  });
  const ana = aRecordOf(
    PHONE,
    '+12025550101',
    { [HUBSPOT]: { now: '+12025550101', base: '+12025550101' } },
    { id: ANA, historyCount: 1 },
  );
  await desk.store.commit([
    set(records.at(ANA), ana),
    set(work.at(ANA), aWork({ recordId: ANA })),
    set(recordHistory.at(records.at(ANA), '00000001'), REFUSED_REMOVAL),
    set(naturalKeyRef(CUSTOMER, { key: 'email', value: 'ana@example.com' }), {
      type: CUSTOMER,
      key: 'email',
      recordId: ANA,
      claimedAt: minute(0),
    }),
  ]);
  return desk;
}

describe('a viewer from whom a field is hidden', () => {
  test.each([
    ['/resolve', 'matches'],
    ['/records', 'items'],
  ])(
    'does NOT find a record at %s by the value of that field, which would tell whose it is',
    async (path, member) => {
      const desk = await withHidden(EMAIL);
      const foundBy = async (as: typeof VIEWER | typeof OPERATOR) =>
        (await askConsole(desk, 'GET', `${path}?q=ana@example.com`, { as })).body[member];

      expect(await foundBy(VIEWER)).toEqual([]);
      expect(await foundBy(OPERATOR)).toEqual([expect.objectContaining({ id: ANA })]);
    },
  );

  test('finds a record by an address that is not hidden', async () => {
    const desk = await withHidden(PHONE);

    const { body } = await askConsole(desk, 'GET', '/resolve?q=ana@example.com', { as: VIEWER });

    expect(body['matches']).toEqual([expect.objectContaining({ id: ANA })]);
  });

  test('is told no version of an object: it holds a hash of the whole, by which the field could be guessed', async () => {
    const desk = await withHidden(PHONE);
    const versionTold = async (as: typeof VIEWER | typeof OPERATOR) => {
      const { body } = await askConsole(desk, 'GET', `/records/${ANA}`, { as });
      const told = body['representations'] as readonly Record<string, unknown>[];
      return told.find(({ system }) => system === HUBSPOT)?.['version'];
    };

    expect(await versionTold(VIEWER)).toBeNull();
    expect(await versionTold(OPERATOR)).toEqual(expect.any(String));
  });

  test('is told of a removal, and no version of what was to be removed', async () => {
    const desk = await withHidden(PHONE);
    const history = async (as: typeof VIEWER | typeof OPERATOR) =>
      (await askConsole(desk, 'GET', `/records/${ANA}/history`, { as })).body['items'];

    expect(await history(VIEWER)).toEqual([
      expect.objectContaining({ path: '@shopify', before: { state: 'masked' } }),
    ]);
    expect(await history(OPERATOR)).toEqual([expect.objectContaining({ before: says(VERSION) })]);
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { crosswalkRef, naturalKeyRef, type Crosswalk } from '#shared/model/identity-documents.ts';
import { Dimension, FieldPath, NativeId, RecordId } from '#shared/model/ids.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import { work, type WorkDocument } from '#shared/model/work.ts';
import { set, type Write } from '#shared/ports/document-store.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { CUSTOMER, HUBSPOT, PHONE, SHOPIFY } from '#test/support/builders/policies.ts';
import { aRecordOf, minute, RUN_ID, says } from '#test/support/builders/records.ts';
import { aMark, aWork } from '#test/support/builders/work.ts';
import { askConsole } from '#test/support/console-client.ts';

const PROFILE = Dimension('profile');
const ANA = RecordId('rec_ana');

let desk: TestConsole;

beforeEach(async () => {
  desk = await aConsole({ client: withSensitivePhone() });
});

/** The demo client, whose phone numbers are not for everybody. */
function withSensitivePhone(): ClientDefinition {
  return {
    ...demo,
    entities: demo.entities.map((policy) => ({
      ...policy,
      fields: policy.fields.map((field) => (field.path === PHONE ? { ...field, isSensitive: true } : field)),
    })),
  };
}

/** Ana, whose phone number both systems say differently. */
function ana(differing: Partial<RecordDocument> = {}): RecordDocument {
  return aRecordOf(
    PHONE,
    '+12025550101',
    {
      [HUBSPOT]: { now: '+12025550101', base: '+12025550101' },
      [SHOPIFY]: { now: '(202) 555-0102', base: '+12025550101' },
    },
    {
      id: ANA,
      verdicts: {
        [PROFILE]: {
          verdict: 'soft_drift',
          cause: 'move_unexplained',
          verifiedAt: minute(9),
          fields: {
            [PHONE]: { verdict: 'soft_drift', cause: 'move_unexplained', systems: [SHOPIFY], rule: 'r' },
          },
        },
      },
      ...differing,
    },
  );
}

async function keep(record: RecordDocument, owed: Partial<WorkDocument> = {}): Promise<void> {
  await put(
    set(records.at(record.id), record),
    set(work.at(record.id), aWork({ recordId: record.id, ...owed })),
  );
}

async function put(...writes: readonly Write[]): Promise<void> {
  await desk.store.commit(writes);
}

/** The field `phone` of a record as the console tells it. */
async function phoneOf(path: string, as?: `${string}:viewer`): Promise<Record<string, unknown>> {
  const { body } = await askConsole(desk, 'GET', path, as === undefined ? {} : { as });
  const fields = body['fields'] as readonly Record<string, unknown>[];
  return fields.find((field) => field['path'] === 'phone') ?? {};
}

describe('a record', () => {
  test('is told with what every system says, as it is and as it is compared, and who owns it', async () => {
    await keep(ana());

    const phone = await phoneOf(`/records/${ANA}`);

    expect(phone).toMatchObject({
      verdict: 'soft_drift',
      cause: 'move_unexplained',
      systems: ['shopify'],
      normaliser: 'phone',
      owners: ['hubspot', 'shopify'],
      rule: 'customer.phone: latest(hubspot, shopify)',
      golden: { value: says('+12025550101'), from: 'hubspot' },
      values: {
        hubspot: { presence: 'value', raw: says('+12025550101') },
        shopify: { presence: 'value', raw: says('(202) 555-0102'), normalised: says('+12025550102') },
      },
    });
  });

  test('tells an empty value, an unknown one, one without a place and one that was never read apart', async () => {
    const { representations, ...record } = ana();
    const [hubspot] = [representations[HUBSPOT]];
    await keep({
      ...record,
      representations: {
        [HUBSPOT]: { ...hubspot!, fields: { [PHONE]: says(null) } },
      },
    });

    const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);

    const fields = body['fields'] as readonly {
      path: string;
      values: Record<string, { presence: string }>;
    }[];
    const presenceOf = (path: string, system: string) =>
      fields.find((field) => field.path === path)?.values[system]?.presence;
    expect(presenceOf('phone', 'hubspot')).toBe('cleared');
    expect(presenceOf('firstName', 'hubspot')).toBe('absent');
    expect(presenceOf('phone', 'shopify')).toBe('not_read');
  });

  test('is undetermined while a system is owed a look, whatever was said before (M7)', async () => {
    await keep(ana(), { marks: { [SHOPIFY]: aMark() } });

    const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);

    expect(body).toMatchObject({ worst: 'undetermined', pending: ['shopify'] });
    expect(body['dimensions']).toContainEqual(
      expect.objectContaining({ dimension: 'profile', verdict: 'undetermined', cause: 'change_pending' }),
    );
    expect(await phoneOf(`/records/${ANA}`)).toMatchObject({
      verdict: 'undetermined',
      cause: 'change_pending',
    });
  });

  test.each([
    ['somebody else', aMark({ attempts: 2 })],
    ['a time to come', aMark({ notBefore: Number.MAX_SAFE_INTEGER })],
  ])('keeps its verdict while it only waits for %s', async (_for, mark) => {
    await keep(ana(), { marks: { ['concord' as never]: mark } });

    const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);

    expect(body).toMatchObject({ worst: 'soft_drift', pending: [] });
  });

  test('says of a dimension that nobody has compared that it is unchecked, never that it is green', async () => {
    await keep(ana({ verdicts: {} }));

    const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);

    expect(body['worst']).toBe('unchecked');
    expect(body['dimensions']).toEqual([
      expect.objectContaining({
        dimension: 'identity',
        verdict: 'unchecked',
        verifiedAt: null,
        freshness: { state: 'never', ageMs: null, targetMs: expect.any(Number) },
        method: null,
        confidence: null,
      }),
      expect.objectContaining({ dimension: 'profile', verdict: 'unchecked' }),
    ]);
  });

  test('is as fresh as the last look that found nothing new, and goes stale by its target', async () => {
    const check = { verifiedAt: minute(10), method: 'read' as const, nextDueAt: 0, policyHash: 'p' };
    await keep(ana({ historyCount: 3 }), { checks: { [PROFILE]: { ...check, recordVersion: 3 } } });
    const profile = async () => {
      const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);
      return (body['dimensions'] as readonly Record<string, unknown>[]).find(
        (one) => one['dimension'] === 'profile',
      );
    };

    const fresh = await profile();
    desk.clock.advance(25 * 60 * 60_000);
    const stale = await profile();

    expect(fresh).toMatchObject({
      verifiedAt: minute(10),
      freshness: { state: 'fresh', ageMs: 0 },
      confidence: { level: 'high', inputs: { age: 1, method: 1 }, limitedBy: [] },
      method: 'read',
    });
    expect(stale).toMatchObject({
      verifiedAt: minute(10),
      freshness: { state: 'stale', ageMs: 25 * 60 * 60_000 },
    });
  });

  test('is NOT made fresher by a look at what it is no more', async () => {
    const check = { verifiedAt: minute(10), method: 'read' as const, nextDueAt: 0, policyHash: 'p' };
    await keep(ana({ historyCount: 4 }), { checks: { [PROFILE]: { ...check, recordVersion: 3 } } });

    const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);

    expect(body['dimensions']).toContainEqual(
      expect.objectContaining({ dimension: 'profile', verifiedAt: minute(9) }),
    );
  });

  test('says what its state lets be done, and why not', async () => {
    await keep(ana({ state: 'merged', mergedInto: RecordId('rec_ben') }));

    const { body } = await askConsole(desk, 'GET', `/records/${ANA}`);

    expect(body['allowedActions']).toContainEqual({
      action: 'reconcile',
      allowed: false,
      reason: 'It was merged into rec_ben; act on that one.',
    });
  });

  test.each([
    ['/records/rec_nobody', 404],
    ['/records/1', 400],
    ['/records/rec_nobody/history', 404],
    ['/records/rec_nobody/metadata', 404],
  ])('that does not exist is said so: %s', async (path, status) => {
    expect((await askConsole(desk, 'GET', path)).status).toBe(status);
  });
});

describe('a sensitive field', () => {
  test('reaches no viewer, neither its value nor whether it has one', async () => {
    await keep(ana());

    const phone = await phoneOf(`/records/${ANA}`, 'vera:viewer');
    const seen = await phoneOf(`/records/${ANA}`);

    expect(phone).toMatchObject({
      isMasked: true,
      golden: { value: { state: 'masked' } },
      values: { hubspot: { presence: 'masked' }, shopify: { presence: 'masked' } },
    });
    expect(JSON.stringify(phone)).not.toContain('555');
    expect(seen['isMasked']).toBe(false);
  });

  test('is masked in the history as well', async () => {
    await keep(ana({ historyCount: 1 }));
    await put(
      set(recordHistory.at(records.at(ANA), '00000001'), aChange(1, 10, '+12025550100', '+12025550101')),
    );

    const masked = await askConsole(desk, 'GET', `/records/${ANA}/history`, { as: 'vera:viewer' });
    const seen = await askConsole(desk, 'GET', `/records/${ANA}/history`);

    expect(JSON.stringify(masked.body)).not.toContain('555');
    expect(masked.body['items']).toEqual([
      expect.objectContaining({ path: 'phone', after: { state: 'masked' } }),
    ]);
    expect(JSON.stringify(seen.body)).toContain('+12025550100');
  });
});

describe('a record at a moment in the past', () => {
  beforeEach(async () => {
    await keep(ana({ historyCount: 3 }));
    await put(
      ...[
        aChange(1, 2, null, '+12025550100'),
        aChange(2, 5, '+12025550100', '+12025550101'),
        {
          ...aChange(3, 8, null, null),
          kind: 'verdict' as const,
          system: null,
          path: 'profile',
          before: 'in_sync',
          after: 'soft_drift',
        },
      ].map((entry) => set(recordHistory.at(records.at(ANA), String(entry.seq).padStart(8, '0')), entry)),
    );
  });

  test('shows what held then, and what each system was known to say', async () => {
    const path = `/records/${ANA}?at=${minute(4)}`;

    const { body } = await askConsole(desk, 'GET', path);

    expect(await phoneOf(path)).toMatchObject({
      golden: { value: says('+12025550100') },
      values: { hubspot: { presence: 'value', raw: says('+12025550100') } },
    });
    expect(body).toMatchObject({
      asOf: minute(4),
      dimensions: [{ dimension: 'profile', verdict: 'in_sync' }],
    });
  });

  test('counts what happened at that very moment as done', async () => {
    expect(await phoneOf(`/records/${ANA}?at=${minute(5)}`)).toMatchObject({
      golden: { value: says('+12025550101') },
    });
  });

  test('tells nothing that history does not hold: no freshness, and no verdict of a field', async () => {
    const { body } = await askConsole(desk, 'GET', `/records/${ANA}?at=${minute(6)}`);

    expect(JSON.stringify(body)).not.toMatch(/verifiedAt|freshness|allowedActions|cause/);
  });

  test('before there was one is said so', async () => {
    const answer = await askConsole(desk, 'GET', `/records/${ANA}?at=2020-01-01T00:00:00Z`);

    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('is masked like the present', async () => {
    const phone = await phoneOf(`/records/${ANA}?at=${minute(4)}`, 'vera:viewer');

    expect(JSON.stringify(phone)).not.toContain('555');
  });
});

describe('finding a record', () => {
  const link: Crosswalk = {
    system: HUBSPOT,
    type: CUSTOMER,
    nativeId: NativeId('7001'),
    recordId: ANA,
    state: 'active',
    mergedIntoNativeId: null,
    formerRecordIds: [],
    evidence: 'first_seen',
    createdAt: minute(0),
  };

  beforeEach(async () => {
    await keep(ana());
    const key = { key: 'email', value: 'ana@example.com' };
    await put(
      set(crosswalkRef(HUBSPOT, CUSTOMER, NativeId('7001')), link),
      set(naturalKeyRef(CUSTOMER, key), {
        type: CUSTOMER,
        key: 'email',
        recordId: ANA,
        claimedAt: minute(0),
      }),
    );
  });

  test.each([
    ['its own id', 'q=rec_ana', 'record_id'],
    ['an id of any system', 'q=7001', 'native_id'],
    ['an id of one system', 'q=hubspot:7001', 'native_id'],
    ['a link from a system', 'system=hubspot&id=7001&type=customer', 'native_id'],
    ['its e-mail address, however it is written', 'q=%20ANA@example.com', 'natural_key'],
  ])('works by %s', async (_what, query, by) => {
    const { body } = await askConsole(desk, 'GET', `/resolve?${query}`);

    expect(body['matches']).toEqual([
      expect.objectContaining({ id: ANA, match: 'exact', matchedBy: [expect.objectContaining({ by })] }),
    ]);
  });

  test('that is not there says where it was looked for, and is no error', async () => {
    const { status, body } = await askConsole(desk, 'GET', '/resolve?q=hubspot:9999');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      matches: [],
      searched: [{ by: 'native_id', system: 'hubspot', type: 'customer' }],
    });
  });

  test('by another system than the one named finds nothing', async () => {
    const { body } = await askConsole(desk, 'GET', '/resolve?system=shopify&id=7001');

    expect(body['matches']).toEqual([]);
  });

  test.each(['q=ab', '', 'system=hubspot', 'id=7001', 'q=7001&system=hubspot&id=7001'])(
    'with the question "%s" is told what to ask',
    async (query) => {
      expect(await askConsole(desk, 'GET', `/resolve?${query}`)).toMatchObject({ status: 400 });
    },
  );
});

/** HubSpot's change of the phone number, accepted in a minute. */
function aChange(seq: number, at: number, before: string | null, after: string | null): HistoryEntry {
  return {
    seq,
    kind: 'accepted',
    recordedAt: minute(at),
    trueSince: null,
    system: HUBSPOT,
    path: FieldPath('phone'),
    before: says(before),
    after: says(after),
    rule: 'r',
    cause: { kind: 'run', id: RUN_ID },
  };
}

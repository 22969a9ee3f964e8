import { beforeEach, describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { attributes, type AttributeDefinition } from '#shared/model/attributes.ts';
import { Dimension, FieldPath, RecordId } from '#shared/model/ids.ts';
import { records, type RecordDocument } from '#shared/model/record.ts';
import { work } from '#shared/model/work.ts';
import { set } from '#shared/ports/document-store.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { aField, CUSTOMER, HUBSPOT } from '#test/support/builders/policies.ts';
import { aRecord, minute } from '#test/support/builders/records.ts';
import { aMark, aWork } from '#test/support/builders/work.ts';
import { askConsole, freshKey, type Asking } from '#test/support/console-client.ts';

const ANA = RecordId('rec_ana');
const PATH = `/records/${ANA}/metadata`;
const TIER = FieldPath('tier');

const ATTRIBUTES: readonly AttributeDefinition[] = [
  { path: TIER, label: 'Tier', value: { kind: 'choice', options: ['gold', 'silver'] } },
  { path: FieldPath('visits'), label: 'Visits', value: { kind: 'number' } },
  { path: FieldPath('since'), label: 'Customer since', value: { kind: 'date' } },
  { path: FieldPath('vip'), label: 'Invited', value: { kind: 'flag' } },
  { path: FieldPath('remark'), label: 'Remark', value: { kind: 'text', maxLength: 10 }, isSensitive: true },
];

/** The demo client with a field that people set, and things that they may note. */
const client: ClientDefinition = {
  ...demo,
  entities: demo.entities.map((policy) => ({
    ...policy,
    fields: [...policy.fields, aField(TIER, { kind: 'operator' }, { dimension: Dimension('profile') })],
  })),
  attributes: { [CUSTOMER]: ATTRIBUTES },
};

let desk: TestConsole;

beforeEach(async () => {
  desk = await aConsole({ client });
  await keep();
});

async function keep(differing: Partial<RecordDocument> = {}): Promise<void> {
  await desk.store.commit([
    set(records.at(ANA), aRecord({ id: ANA, ...differing })),
    set(work.at(ANA), aWork({ recordId: ANA, wakeSeq: 7, marks: { [HUBSPOT]: aMark() } })),
  ]);
}

async function note(values: unknown, asking: Asking = {}) {
  const { headers } = await askConsole(desk, 'GET', PATH);
  return askConsole(desk, 'PATCH', PATH, {
    ...asking,
    headers: { 'if-match': headers['etag'], ...asking.headers },
    body: { values },
  });
}

async function attribute(path: string, as?: `${string}:viewer`): Promise<unknown> {
  const { body } = await askConsole(desk, 'GET', PATH, as === undefined ? {} : { as });
  return (body['attributes'] as readonly { path: string }[]).find((one) => one.path === path);
}

describe('what people note on a record', () => {
  test('is told as the client declares it, and as unknown before anybody said anything', async () => {
    const { body } = await askConsole(desk, 'GET', PATH);

    expect((body['attributes'] as readonly { path: string }[]).map(({ path }) => path)).toEqual(
      ATTRIBUTES.map(({ path }) => String(path)),
    );
    expect(await attribute('tier')).toMatchObject({
      label: 'Tier',
      kind: 'choice',
      options: ['gold', 'silver'],
      isField: true,
      value: { state: 'absent' },
      by: null,
      at: null,
    });
  });

  test('is kept with who and when, and leaves what others said alone', async () => {
    await note({ tier: 'gold' });
    desk.clock.advance(60_000);
    await note({ visits: 3, vip: true, since: '2020-02-29' }, { as: 'otto:operator' });

    expect(await attribute('tier')).toMatchObject({
      value: { state: 'value', value: 'gold' },
      by: 'olga',
      at: minute(10),
    });
    expect(await attribute('visits')).toMatchObject({
      value: { state: 'value', value: 3 },
      by: 'otto',
      at: minute(11),
    });
  });

  test.each([null, '', '  '])('is known to be empty once somebody sets it to %j', async (empty) => {
    await note({ tier: 'gold' });
    await note({ tier: empty });

    expect(await attribute('tier')).toMatchObject({ value: { state: 'cleared' }, by: 'olga' });
  });

  test('owes the record a comparison in the same commit, and wakes whoever makes it (M1)', async () => {
    await note({ tier: 'gold' });

    const owed = (await desk.store.get(work.at(ANA)))?.value;
    expect(owed).toMatchObject({
      wakeSeq: 8,
      marks: { concord: { lane: 'operator', seq: 1 }, hubspot: { seq: 1 } },
    });
    expect(desk.tasks).toEqual([
      expect.objectContaining({
        queue: 'concord-operator',
        target: 'step-executor',
        body: { kind: 'record', recordId: ANA },
      }),
    ]);
  });

  test('is kept in one commit with its mark, its trace and the answer, or not at all', async () => {
    const commits: (readonly string[])[] = [];
    const watched = await aConsole({
      client,
      wrapPorts: (ports) => ({
        ...ports,
        store: {
          ...ports.store,
          commit: (writes) => {
            commits.push(writes.map(({ ref }) => ref.path.split('/')[0] ?? ''));
            return ports.store.commit(writes);
          },
        },
      }),
    });
    await watched.store.commit([set(records.at(ANA), aRecord({ id: ANA }))]);
    const { headers } = await askConsole(watched, 'GET', PATH);

    await askConsole(watched, 'PATCH', PATH, {
      headers: { 'if-match': headers['etag'] },
      body: { values: { tier: 'gold' } },
    });

    expect(commits).toEqual([['idempotency'], ['attributes', 'work', 'audit', 'idempotency']]);
  });

  test('leaves a trace of what was and what is', async () => {
    await note({ tier: 'gold' });
    await note({ tier: 'silver', visits: 1 });

    const { body } = await askConsole(desk, 'GET', `/audit?target=${ANA}`);
    expect(body['items']).toContainEqual(
      expect.objectContaining({
        action: 'change_attributes',
        targetKind: 'record',
        targetId: ANA,
        before: { tier: { state: 'value', value: 'gold' }, visits: null },
        after: { tier: { state: 'value', value: 'silver' }, visits: { state: 'value', value: 1 } },
      }),
    );
  });

  test.each([
    ['something that is not declared', { colour: 'red' }, 'values.colour'],
    ['a choice that does not exist', { tier: 'bronze' }, 'values.tier'],
    ['text for a number', { visits: 'three' }, 'values.visits'],
    ['a number for a flag', { vip: 1 }, 'values.vip'],
    ['a day that does not exist', { since: '2026-02-30' }, 'values.since'],
    ['a time for a day', { since: '2026-02-01T00:00:00Z' }, 'values.since'],
    ['text that is too long', { remark: 'eleven char' }, 'values.remark'],
    ['a list', { tier: ['gold'] }, 'values.tier'],
    ['nothing', {}, 'values'],
  ])('does NOT take %s, nor anything beside it', async (_what, values, field) => {
    const answer = await note(values);

    expect(answer).toMatchObject({ status: 400, body: { fields: { [field]: expect.any(String) } } });
    expect(await desk.store.get(attributes.at(ANA))).toBeUndefined();
    expect(desk.tasks).toEqual([]);
  });

  test('is NOT overwritten by somebody who had read an older state', async () => {
    const { headers } = await askConsole(desk, 'GET', PATH);
    await note({ tier: 'gold' });

    const late = await note({ tier: 'silver' }, { headers: { 'if-match': headers['etag'] } });
    const current = await askConsole(desk, 'GET', PATH);
    const weak = await note(
      { tier: 'silver' },
      { headers: { 'if-match': `W/${current.headers['etag'] ?? ''}` } },
    );
    const blind = await note({ tier: 'silver' }, { headers: { 'if-match': undefined } });

    expect([late.status, weak.status, blind.status]).toEqual([412, 412, 428]);
    expect(await attribute('tier')).toMatchObject({ value: { value: 'gold' } });
  });

  test('is changed once by two people who read the same state: the second one is told', async () => {
    const { headers } = await askConsole(desk, 'GET', PATH);
    const change = (as: `${string}:operator`, tier: string) =>
      askConsole(desk, 'PATCH', PATH, {
        as,
        headers: { 'if-match': headers['etag'], 'idempotency-key': freshKey() },
        body: { values: { tier } },
      });

    const answers = await Promise.all([change('olga:operator', 'gold'), change('otto:operator', 'silver')]);

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    const { body } = await askConsole(desk, 'GET', '/audit');
    expect(body['items']).toHaveLength(1);
  });

  test('can be changed on with the tag that the last change gave back', async () => {
    const first = await note({ tier: 'gold' });

    const second = await note({ tier: 'silver' }, { headers: { 'if-match': first.headers['etag'] } });

    expect(second.status).toBe(200);
  });

  test('is NOT changed on a record that was merged into another', async () => {
    await keep({ state: 'merged', mergedInto: RecordId('rec_ben') });

    expect(await note({ tier: 'gold' })).toMatchObject({
      status: 409,
      body: { detail: 'It was merged into rec_ben; change that one.' },
    });
  });

  test('hides what is sensitive from viewers, who noted it included, and gives no tag to guess it by', async () => {
    await note({ remark: 'difficult' });

    const { headers, body } = await askConsole(desk, 'GET', PATH, { as: 'vera:viewer' });
    const trail = await askConsole(desk, 'GET', '/audit', { as: 'vera:viewer' });

    expect(JSON.stringify(body)).not.toContain('difficult');
    expect(await attribute('remark', 'vera:viewer')).toMatchObject({
      isMasked: true,
      value: { state: 'masked' },
      by: null,
    });
    expect(headers['etag']).toMatch(/^W\//);
    expect(trail.body['items']).toEqual([
      expect.objectContaining({
        action: 'change_attributes',
        before: null,
        after: null,
        sourceAddress: null,
      }),
    ]);
  });
});

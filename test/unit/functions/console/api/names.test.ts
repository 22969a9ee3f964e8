import { beforeAll, expect, test } from 'vitest';
import { RecordId } from '#shared/model/ids.ts';
import { records } from '#shared/model/record.ts';
import { work } from '#shared/model/work.ts';
import { set } from '#shared/ports/document-store.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { HUBSPOT, PHONE } from '#test/support/builders/policies.ts';
import { aRecordOf } from '#test/support/builders/records.ts';
import { aWork } from '#test/support/builders/work.ts';
import { askConsole } from '#test/support/console-client.ts';

const ANA = RecordId('rec_ana');
const reason = 'the client says so';

let desk: TestConsole;

beforeAll(async () => {
  desk = await aConsole();
  const ana = aRecordOf(
    PHONE,
    '+12025550101',
    { [HUBSPOT]: { now: '+12025550101', base: '+12025550101' } },
    { id: ANA },
  );
  await desk.store.commit([set(records.at(ANA), ana), set(work.at(ANA), aWork({ recordId: ANA }))]);
});

/** Names that every object of the language answers to, though nobody gave them. */
const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];

const CALLS = NAMES.flatMap((name): readonly (readonly [string, string, object | undefined])[] => [
  ['GET', `/records/${ANA}/why?field=phone&system=${name}`, undefined],
  ['GET', `/records/${ANA}/why?field=${name}&system=hubspot`, undefined],
  ['GET', `/records?system=${name}`, undefined],
  ['GET', `/systems/${name}`, undefined],
  ['POST', `/records/${ANA}/link`, { system: name, nativeId: '1', reason }],
  ['POST', `/records/${ANA}/unlink`, { system: name, reason }],
  ['POST', '/plans', { selection: { recordIds: [ANA] }, direction: { kind: 'from', system: name } }],
  ['POST', '/plans', { selection: { recordIds: [ANA] }, overrides: { [name]: { kind: 'golden' } } }],
  ['POST', '/plans', { selection: { query: { type: name } } }],
]);

test.each(CALLS)(
  'a name that every object has is the name of nothing here: %s %s %o',
  async (method, path, body) => {
    const answer = await askConsole(desk, method, path, { body });

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  },
);

import { describe, expect, test } from 'vitest';
import { client as demo } from '#shared/clients/demo/client.ts';
import type { ClientDefinition } from '#shared/clients/client-definition.ts';
import { attributes } from '#shared/model/attributes.ts';
import { audit } from '#shared/model/audit.ts';
import { FieldPath, RecordId } from '#shared/model/ids.ts';
import { records } from '#shared/model/record.ts';
import { work } from '#shared/model/work.ts';
import { set } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';
import { aConsole, type TestConsole } from '#test/support/builders/consoles.ts';
import { CUSTOMER } from '#test/support/builders/policies.ts';
import { aRecord } from '#test/support/builders/records.ts';
import { aWork } from '#test/support/builders/work.ts';
import { askConsole, type ConsoleAnswer } from '#test/support/console-client.ts';
import { createCrashingPorts, type CrashingPorts } from '#test/support/crashing-ports.ts';

const ANA = RecordId('rec_ana');
const PATH = `/records/${ANA}/metadata`;

const client: ClientDefinition = {
  ...demo,
  attributes: {
    [CUSTOMER]: [{ path: FieldPath('tier'), label: 'Tier', value: { kind: 'text', maxLength: 20 } }],
  },
};

interface Scene {
  readonly desk: TestConsole;
  readonly crashing: CrashingPorts;
  /** Undefined when the console died and nobody answered. */
  change(): Promise<ConsoleAnswer | undefined>;
}

/** A console that dies where a test says, and somebody who sends one change for as long as it takes. */
async function aScene(): Promise<Scene> {
  const crashing = createCrashingPorts();
  const desk = await aConsole({
    client,
    // The console publishes nothing and calls no vendor.
    wrapPorts: (ports) => crashing.wrapPorts({ ...ports, bus: {}, http: {} } as Ports),
  });
  await desk.store.commit([
    set(records.at(ANA), aRecord({ id: ANA })),
    set(work.at(ANA), aWork({ recordId: ANA })),
  ]);
  const { headers } = await askConsole(desk, 'GET', PATH);
  const mesh = {
    call: (_name: string, request: Parameters<TestConsole['mesh']['call']>[1]) => surviving(request),
  };
  const surviving = crashing.wrapIngest((request) => desk.mesh.call('console', request));

  return {
    desk,
    crashing,
    async change() {
      const answer = await askConsole({ mesh }, 'PATCH', PATH, {
        headers: { 'if-match': headers['etag'], 'idempotency-key': 'dialog-4711' },
        body: { values: { tier: 'gold' } },
      });
      return answer.status === 599 ? undefined : answer;
    },
  };
}

/** Port calls of one undisturbed change. */
async function callsOfAChange(): Promise<number> {
  const { crashing, change } = await aScene();
  crashing.arm(null, 'before');
  await change();
  return crashing.calls();
}

const CALLS = await callsOfAChange();

describe('a change during which the console dies', () => {
  test('has port calls to die at', () => {
    expect(CALLS).toBeGreaterThan(3);
  });

  test.each(
    Array.from({ length: CALLS }, (_, at) => at).flatMap((at) =>
      (['before', 'after'] as const).map((when) => [when, at + 1, at] as const),
    ),
  )('%s its port call %i is made exactly once when it is sent again (M1, M2)', async (when, _number, at) => {
    const { desk, crashing, change } = await aScene();
    crashing.arm(at, when);

    const first = await change();
    crashing.arm(null, 'before');
    desk.clock.advance(120_000);
    const second = await change();

    expect(first).toBeUndefined();
    expect(second).toMatchObject({ status: 200 });
    const [kept, owed, trail] = await Promise.all([
      desk.store.get(attributes.at(ANA)),
      desk.store.get(work.at(ANA)),
      desk.store.query({ from: audit.ref, limit: 10 }),
    ]);
    expect(kept?.value.values[FieldPath('tier')]).toMatchObject({ value: { value: 'gold' }, by: 'olga' });
    expect(owed?.value).toMatchObject({ marks: { concord: { seq: 1 } }, wakeAt: expect.any(Number) });
    expect(trail).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { lossRuleName } from '#shared/authority/rules.ts';
import type { ReadResult } from '#shared/connectors/connector.ts';
import { presencePath } from '#shared/drift/presence.ts';
import { vendorRejected, vendorUnavailable } from '#shared/errors/vendor-faults.ts';
import { CLEARED, valueOf } from '#shared/model/field-value.ts';
import { NativeId } from '#shared/model/ids.ts';
import type { Loss } from '#shared/model/record.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { StepState } from '#shared/engine/run.ts';
import { applyOperation } from '#shared/workflows/apply-operation.ts';
import type { Halt } from '#shared/workflows/apply-request.ts';
import { aConnector, type Answers } from '#test/support/builders/connectors.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  HUBSPOT,
  latest,
  PHONE,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aLink, aRecord, aRepresentation, minute, RUN_ID, says } from '#test/support/builders/records.ts';
import { aStep } from '#test/support/builders/runs.ts';
import { NOW } from '#test/support/builders/work.ts';

const policy = aPolicy([aField(PHONE, latest(HUBSPOT, SHOPIFY))], { onLoss: { [HUBSPOT]: 'propagate' } });
const rule = lossRuleName(policy, HUBSPOT);
const removal: Operation = {
  type: CUSTOMER,
  system: SHOPIFY,
  action: 'delete',
  nativeId: NativeId('501'),
  fields: [
    {
      path: presencePath(SHOPIFY),
      from: valueOf('v1'),
      to: CLEARED,
      rule: rule.id,
      ruleHash: rule.hash,
      cause: { kind: 'observation', id: 'lost' },
    },
  ],
  lost: HUBSPOT,
};

const confirmed: Loss = { since: minute(1), confirmedAt: minute(9) };
const lostIn = (loss: Loss) =>
  aRecord({
    links: { [HUBSPOT]: aLink({ state: 'gone', deniedAt: minute(9), loss }), [SHOPIFY]: aLink() },
    representations: { [SHOPIFY]: aRepresentation({ [PHONE]: says('a') }) },
  });

const there: ReadResult = { status: 'found', representation: aRepresentation({ [PHONE]: says('a') }) };
const gone: ReadResult = { status: 'gone' };
const call = { system: SHOPIFY, action: 'remove', subject: 'customer 501', writes: true };

interface Circumstances {
  readonly lost?: Answers['read'];
  readonly loss?: Loss;
  readonly step?: Partial<StepState>;
  readonly operation?: Operation;
  readonly halt?: Halt;
}

async function apply(answers: Answers, circumstances: Circumstances = {}) {
  const connector = aConnector({ capabilities: { removal: 'delete' }, ...answers });
  const lost = aConnector({ read: circumstances.lost ?? gone });
  const outcome = await applyOperation({
    connector,
    lostReader: lost.reader,
    policy,
    record: lostIn(circumstances.loss ?? confirmed),
    operation: circumstances.operation ?? removal,
    step: aStep(circumstances.step),
    writer: 'workflow:sync-record',
    notSentBefore: 0,
    idempotencyKey: 'key-1',
    now: () => NOW,
    halt: circumstances.halt ?? null,
    mayCall: () => true,
  });
  return { outcome, actions: connector.calls.map(({ action }) => action), asked: lost.calls.length };
}

describe('removing an object', () => {
  test('asks for the lost one, reads what is to go, removes it, and reads that it is gone (A2, A4, M10)', async () => {
    const { outcome, actions, asked } = await apply({ read: [there, gone], remove: { status: 'removed' } });

    expect(outcome).toMatchObject({ status: 'removed' });
    expect(actions).toEqual(['read', 'remove', 'read']);
    expect(asked).toBe(1);
  });

  test.each<[string, Answers['read']]>([
    ['there again', there],
    ['merged into another', { status: 'foreign', answeredId: NativeId('9') }],
  ])('is refused when the lost one is %s, and nothing is sent', async (_what, lost) => {
    const { outcome, actions } = await apply({ read: there }, { lost });

    expect(outcome).toMatchObject({ status: 'refused', reason: 'restored' });
    expect(actions).toEqual([]);
  });

  test('waits while the lost one cannot be asked for', async () => {
    const { outcome, actions } = await apply({ read: there }, { lost: vendorUnavailable(call, 500) });

    expect(outcome).toMatchObject({ status: 'failed', during: 'reads' });
    expect(actions).toEqual([]);
  });

  test.each<[string, Loss]>([
    ['only suspected', { ...confirmed, confirmedAt: null }],
    ['our own removal', { ...confirmed, removedBy: RUN_ID }],
    ['a merge', { ...confirmed, isMerge: true }],
  ])('is refused when the loss is %s', async (_what, loss) => {
    expect((await apply({ read: there }, { loss })).outcome).toMatchObject({ reason: 'restored' });
  });

  test('is refused when the object was changed since it was decided, and says to what (M5)', async () => {
    const changed = aRepresentation({ [PHONE]: says('a') }, { version: 'v2' });

    const { outcome, actions } = await apply({ read: { status: 'found', representation: changed } });

    expect(outcome).toMatchObject({ status: 'refused', reason: 'preimage_moved', seen: changed });
    expect(actions).toEqual(['read']);
  });

  test('that others removed meanwhile is no removal of ours', async () => {
    expect((await apply({ read: gone })).outcome).toMatchObject({ status: 'refused', reason: 'gone' });
  });

  test('whose answer was lost is done when the object is gone, whatever became of the loss (M2)', async () => {
    const { outcome, actions, asked } = await apply(
      { read: gone },
      { step: { status: 'unknown', attempts: 1, unresolvedUntil: NOW + 1 }, lost: there },
    );

    expect(outcome).toMatchObject({ status: 'removed' });
    expect([actions, asked]).toEqual([['read'], 0]);
  });

  test('whose answer was lost is not sent again while it may still take effect (A3)', async () => {
    const { outcome, actions } = await apply(
      { read: there },
      { step: { status: 'unknown', attempts: 1, unresolvedUntil: NOW + 1_000 } },
    );

    expect(outcome).toMatchObject({ status: 'waits', reason: 'effect_unresolved' });
    expect(actions).not.toContain('remove');
  });

  test('that the vendor refuses has failed for good', async () => {
    const { outcome } = await apply({ read: there, remove: vendorRejected(call, 200) });

    expect(outcome).toMatchObject({ status: 'failed', during: 'writes' });
  });

  test('is not done while a read still finds it, and is only verified then (A4)', async () => {
    const { outcome } = await apply({ read: there, remove: { status: 'removed' } });
    expect(outcome).toMatchObject({ status: 'unverified' });

    const carried = aRepresentation({ [PHONE]: says('a') });
    const again = await apply({ read: gone }, { step: { status: 'unverified', carried: carried as never } });
    expect([again.outcome.status, again.actions]).toEqual(['removed', ['read']]);
  });

  test.each<[string, Circumstances, string]>([
    ['its rule has changed', { operation: withHash('another') }, 'rule_changed'],
    ['nothing may be sent', { halt: 'mode_forbids' }, 'mode_forbids'],
    ['a mass guard is closed', { halt: 'mass_guard' }, 'mass_guard'],
  ])('is not sent when %s (M6)', async (_what, circumstances, reason) => {
    const { outcome, actions } = await apply({ read: there }, circumstances);

    expect(outcome).toMatchObject({ status: 'refused', reason });
    expect(actions).toEqual([]);
  });
});

function withHash(ruleHash: string): Operation {
  return { ...removal, fields: removal.fields.map((field) => ({ ...field, ruleHash })) };
}

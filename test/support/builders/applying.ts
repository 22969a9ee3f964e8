/** One operation on Shopify, an update or a create, and what is needed to carry it out. */
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { presenceRuleName } from '#shared/authority/rules.ts';
import type { ReadResult } from '#shared/connectors/connector.ts';
import { CLEARED, type FieldValue } from '#shared/model/field-value.ts';
import { NativeId } from '#shared/model/ids.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Representation } from '#shared/model/representation.ts';
import type { Operation } from '#shared/reconciliation/operation.ts';
import type { StepState } from '#shared/engine/run.ts';
import type { Halt } from '#shared/workflows/apply-request.ts';
import { applyOperation } from '#shared/workflows/apply-operation.ts';
import { aConnector, type Answers } from '#test/support/builders/connectors.ts';
import {
  aField,
  aPolicy,
  CUSTOMER,
  HUBSPOT,
  latest,
  PHONE,
  ruleOf,
  SHOPIFY,
} from '#test/support/builders/policies.ts';
import { aKey, aLink, aRecord, aRepresentation, minute, says } from '#test/support/builders/records.ts';
import { aStep } from '#test/support/builders/runs.ts';
import { NOW } from '#test/support/builders/work.ts';

export const phone = aField(PHONE, latest(HUBSPOT, SHOPIFY));
const policy = aPolicy([phone]);
const rule = ruleOf(policy, phone);
const presence = presenceRuleName(policy, SHOPIFY);

const cause = { kind: 'event', id: 'event-1' } as const;
export const update: Operation = {
  type: CUSTOMER,
  system: SHOPIFY,
  action: 'update',
  nativeId: NativeId('501'),
  fields: [{ path: PHONE, from: says('a'), to: says('b'), rule: rule.id, ruleHash: rule.hash, cause }],
};
export const birth: Operation = {
  ...update,
  action: 'create',
  nativeId: null,
  fields: [{ path: PHONE, from: CLEARED, to: says('b'), rule: presence.id, ruleHash: presence.hash, cause }],
};

export const key = aKey('ada@example.com');
export const linked = aRecord({
  links: { [HUBSPOT]: aLink(), [SHOPIFY]: aLink() },
  representations: { [HUBSPOT]: aRepresentation({ [PHONE]: says('b') }, { keys: [key] }) },
});
export const unlinked: RecordDocument = { ...linked, links: { [HUBSPOT]: aLink() } };

const saying = (value: FieldValue, differing: Partial<Representation> = {}) =>
  aRepresentation({ [PHONE]: value }, differing);
export const read = (text: string, differing: Partial<Representation> = {}): ReadResult => ({
  status: 'found',
  representation: saying(says(text), differing),
});
export const stored = saying(says('b'), { modifiedAt: minute(11), method: 'write_response' });
export const back = saying(says('b'), { modifiedAt: minute(11), method: 'read_back' });
export const readBack = { status: 'found', representation: back, replaced: null } as const;

interface Circumstances {
  readonly operation?: Operation;
  readonly record?: RecordDocument;
  readonly step?: Partial<StepState>;
  readonly policy?: EntityPolicy;
  readonly halt?: Halt;
  readonly writer?: string;
  readonly mayCall?: () => boolean;
}

export async function apply(answers: Answers, circumstances: Circumstances = {}) {
  const { operation = update } = circumstances;
  const connector = aConnector(answers);
  const outcome = await applyOperation({
    connector,
    policy: circumstances.policy ?? policy,
    record: circumstances.record ?? (operation.action === 'create' ? unlinked : linked),
    operation,
    step: aStep(circumstances.step),
    notSentBefore: toEpochMs(minute(6)),
    idempotencyKey: 'key-1',
    now: () => NOW,
    halt: circumstances.halt ?? null,
    writer: circumstances.writer ?? 'workflow:sync-record',
    mayCall: circumstances.mayCall ?? (() => true),
  });
  return { outcome, calls: connector.calls, actions: connector.calls.map((call) => call.action) };
}

import type { EntityPolicy } from '#shared/authority/policy.ts';
import { PlanId, type FieldPath, type SystemId } from '#shared/model/ids.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { Override, PlanDirection } from '#shared/model/plan.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { DirectedPlan } from '#shared/reconciliation/directed-plan.ts';
import { planDirected } from '#shared/reconciliation/plan-directed.ts';
import { aField, aPolicy, EMAIL, HUBSPOT, latest, NAME, PHONE, SHOPIFY } from './policies.ts';
import { aRecordOf, minute } from './records.ts';
import { moved, steady } from './worlds.ts';

export const PLAN = PlanId('plan_1');
export const phone = aField(PHONE, latest(HUBSPOT, SHOPIFY));
const phonePolicy = aPolicy([phone]);

/** Both moved, each to something else. */
export const torn = aRecordOf(PHONE, 'a', { [HUBSPOT]: moved('a', 'b'), [SHOPIFY]: moved('a', 'c') });
/** Both say what holds true. */
export const level = aRecordOf(PHONE, 'a', { [HUBSPOT]: steady('a'), [SHOPIFY]: steady('a') });
/** HubSpot's word holds true, and Shopify does not say it yet. */
export const lagging = aRecordOf(PHONE, 'b', { [HUBSPOT]: steady('b'), [SHOPIFY]: steady('a') });

export const BY_OWNER: PlanDirection = { default: { kind: 'by_owner' }, overrides: {} };
export const FROM_SHOPIFY: PlanDirection = { default: { kind: 'from', system: SHOPIFY }, overrides: {} };

/** Decides about the phone number and nothing else. */
export function only(override: Override): PlanDirection {
  return { default: { kind: 'none' }, overrides: { [PHONE]: override } };
}

const ALL_FIELDS: readonly FieldPath[] = [PHONE, EMAIL, NAME];
const WRITABLE: Readonly<Record<SystemId, readonly FieldPath[]>> = {
  [HUBSPOT]: ALL_FIELDS,
  [SHOPIFY]: ALL_FIELDS,
};

/** Plans a record in minute 20, by what the policy says unless told otherwise. */
export function planOf(
  record: RecordDocument,
  direction: PlanDirection = BY_OWNER,
  policy: EntityPolicy = phonePolicy,
): DirectedPlan {
  return planDirected({
    policy,
    record,
    direction,
    writable: WRITABLE,
    planId: PLAN,
    by: 'olga',
    at: minute(20),
  });
}

/** Who is told what in the place of what. */
export function writesOf({ operations }: Pick<DirectedPlan, 'operations'>): readonly unknown[] {
  return operations.map(({ system, fields }) => [
    system,
    ...fields.map(({ from, to }) => [textOf(from), textOf(to)]),
  ]);
}

function textOf(value: FieldValue): unknown {
  return value.state === 'value' ? value.value : value.state;
}

/** The record once every vendor has taken what it is told, and that has been read back. */
export function written(
  record: RecordDocument,
  { operations }: Pick<DirectedPlan, 'operations'>,
): RecordDocument {
  return operations.reduce<RecordDocument>((before, { system, fields }) => {
    const seen = before.representations[system];
    if (seen === undefined) return before;
    const values = Object.fromEntries(fields.map(({ path, to }) => [path, to]));
    const bases = Object.fromEntries(
      fields.map(({ path, to }) => [path, { value: to, modifiedAt: minute(21) }]),
    );
    return {
      ...before,
      representations: {
        ...before.representations,
        [system]: { ...seen, fields: { ...seen.fields, ...values }, modifiedAt: minute(21) },
      },
      bases: { ...before.bases, [system]: { ...before.bases[system], ...bases } },
    };
  }, record);
}

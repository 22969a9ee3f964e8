import type { AuthorityRule, EntityPolicy } from '#shared/authority/policy.ts';
import { compareRecord, type CompareResult } from '#shared/drift/compare.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { SystemId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import { aField, aPolicy, HUBSPOT, NETSUITE, PHONE, SHOPIFY } from './policies.ts';
import { aRecordOf, aSign, minute, type Standing } from './records.ts';

/** One world in one field: who says what, who explained a change, and what is held. */
export interface World {
  readonly rule: AuthorityRule;
  readonly golden?: string | null;
  readonly systems: Readonly<Record<SystemId, Standing>>;
  /** Systems from which an event came that is later than their bases. */
  readonly explained?: readonly SystemId[];
  readonly record?: Partial<RecordDocument>;
}

/** Compares a world. */
export function compare(world: World): CompareResult {
  const record = aRecordOf(PHONE, world.golden, world.systems, world.record);
  return compareAgain(world, record);
}

/** Compares a record in a world's terms. */
export function compareAgain(world: World, record: RecordDocument): CompareResult {
  const signs = Object.fromEntries((world.explained ?? []).map((system) => [system, [aSign()]]));
  return compareRecord({ policy: policyOf(world.rule), record, signs, at: minute(11) });
}

/** A policy of one field that follows the rule. */
export function policyOf(rule: AuthorityRule): EntityPolicy {
  return aPolicy([aField(PHONE, rule)], {
    presence: { [HUBSPOT]: 'required', [SHOPIFY]: 'required', [NETSUITE]: 'optional' },
  });
}

/** How a field stands, what holds, and which system is to be told what. `null` means empty. */
export interface Outcome {
  readonly verdict: string | undefined;
  readonly cause: string | undefined;
  readonly golden: unknown;
  readonly writes: Readonly<Record<string, unknown>>;
}

/** What a client would ask of a comparison: how it stands, what now holds, and who is to be told what. */
export function outcomeOf(result: CompareResult): Outcome {
  const verdict = result.verdicts.get(PHONE);
  return {
    verdict: verdict?.verdict,
    cause: verdict?.cause,
    golden: textOf(result.golden[PHONE]?.value),
    writes: Object.fromEntries(
      result.differences
        .filter((difference) => difference.isExplained)
        .map((difference) => [difference.system, textOf(difference.to)]),
    ),
  };
}

function textOf(value: FieldValue | undefined): unknown {
  if (value === undefined || value.state === 'absent') return undefined;
  return value.state === 'cleared' ? null : value.value;
}

/** Says what it last said. */
export const steady = (text: string | null): Standing => ({ now: text, base: text });
/** Said one thing, says another. */
export const moved = (from: string | null, to: string | null): Standing => ({ base: from, now: to });

/** Systems met one after the other, as links come about: each comparison starts from what the last one left. */
export function meet(
  rule: AuthorityRule,
  texts: Readonly<Record<SystemId, string | null>>,
  order: readonly SystemId[],
): CompareResult {
  let record = aRecordOf(PHONE, undefined, {});
  let result: CompareResult | undefined;
  for (const system of order) {
    const next = aRecordOf(PHONE, undefined, { [system]: { now: texts[system] ?? null } });
    record = {
      ...record,
      links: { ...record.links, ...next.links },
      representations: { ...record.representations, ...next.representations },
      golden: result?.golden ?? {},
      bases: result?.bases ?? {},
    };
    result = compareRecord({ policy: policyOf(rule), record, signs: {}, at: minute(11) });
  }
  if (result === undefined) throw new Error('nobody was met');
  return result;
}

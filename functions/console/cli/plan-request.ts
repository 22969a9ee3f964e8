/** From options to what the API takes for a plan. Only the form is looked at here; the console knows what may be meant. */
import type { OptionTable, Values } from './command.ts';
import { misused, type Misused } from './outcome.ts';

/** Which records a plan is about. */
const SELECTION_OPTIONS = {
  record: { type: 'string', multiple: true, value: 'RECORD_ID', about: 'of this record' },
  type: { type: 'string', value: 'TYPE', about: 'of records of this type, such as customer' },
  dimension: { type: 'string', value: 'DIMENSION', about: 'of those that differ in this dimension' },
  class: { type: 'string', value: 'CLASS', about: 'of those with this verdict, such as hard_conflict' },
  cause: { type: 'string', value: 'CAUSE', about: 'of those with this cause' },
  field: { type: 'string', value: 'FIELD', about: 'of those that differ in this field' },
  system: { type: 'string', multiple: true, value: 'SYSTEM', about: 'of those that differ in this system' },
  group: { type: 'string', value: 'KEY', about: 'of a group of discrepancies' },
  guard: { type: 'string', value: 'KEY', about: 'lets everything pass that a mass guard holds' },
  undo: { type: 'string', value: 'RUN_ID', about: 'takes back what a run has written' },
  'refused-of': { type: 'string', value: 'PLAN_ID', about: 'of what a plan could not apply' },
  onboarding: { type: 'boolean', about: 'the first settling when a client goes live' },
  crosswalk: {
    type: 'string',
    value: 'FILE',
    about: 'joins records by a CSV file: systems as columns, ids of one and the same as rows',
  },
} as const satisfies OptionTable;

/** Whose word counts. */
const DIRECTION_OPTIONS = {
  'by-owner': {
    type: 'boolean',
    about: 'takes the word of whoever the policy says; so it is without any other',
  },
  from: { type: 'string', value: 'SYSTEM', about: "takes this system's word for everything" },
  adopt: {
    type: 'string',
    multiple: true,
    value: 'FIELD=SYSTEM',
    about: "takes this system's word for one field",
  },
  set: { type: 'string', multiple: true, value: 'FIELD=TEXT', about: 'sets a text' },
  'set-json': {
    type: 'string',
    multiple: true,
    value: 'FIELD=JSON',
    about: 'sets a number, a flag, or amount and currency',
  },
  clear: { type: 'string', multiple: true, value: 'FIELD', about: 'empties it' },
  revert: { type: 'string', multiple: true, value: 'FIELD', about: 'puts back what holds true' },
  hold: { type: 'string', multiple: true, value: 'FIELD', about: 'keeps sync away from it; needs --reason' },
  lift: { type: 'string', multiple: true, value: 'FIELD', about: 'takes a hold away' },
  tolerate: {
    type: 'string',
    multiple: true,
    value: 'FIELD',
    about: 'lets it differ for a time; needs --until, --owner and --reason',
  },
  loss: {
    type: 'string',
    multiple: true,
    value: 'SYSTEM=WHAT',
    about: 'says what the loss of its object means: carry (the others remove theirs), unlink or recreate',
  },
  until: { type: 'string', value: 'TIME', about: 'until when it may differ, such as 2026-12-01T00:00:00Z' },
  owner: { type: 'string', value: 'WHO', about: 'who answers for it' },
} as const satisfies OptionTable;

export const PLAN_OPTIONS = {
  ...SELECTION_OPTIONS,
  ...DIRECTION_OPTIONS,
  reason: { type: 'string', about: 'why, for those who read it later' },
} as const satisfies OptionTable;

export type PlanValues = Values<typeof PLAN_OPTIONS>;

/** A request that can be sent. */
export interface PlanRequest {
  readonly kind: 'request';
  readonly body: object;
}

/** The request for a plan that joins records by the rows of a file. It decides nothing about fields. */
export function crosswalkRequest(
  values: PlanValues,
  types: readonly string[],
  crosswalk: string,
): PlanRequest | Misused {
  const [only, ...others] = types;
  const type = values.type ?? (others.length === 0 ? only : undefined);
  if (type === undefined) return misused('Say of which --type the file is.');
  const { reason } = values;
  const selection = { query: { type } };
  return {
    kind: 'request',
    body: { kind: 'crosswalk', selection, crosswalk, ...(reason === undefined ? {} : { reason }) },
  };
}

/** The request for a plan. @param types the client's entity types: where there is one only, it need not be named. */
export function planRequest(values: PlanValues, types: readonly string[]): PlanRequest | Misused {
  const selected = selectionOf(values, types);
  if (selected.kind === 'misused') return selected;
  const overridden = overridesOf(values);
  if (overridden.kind === 'misused') return overridden;
  if (values['by-owner'] && values.from !== undefined) return misused('Give --by-owner or --from, not both.');
  const { selection } = selected;
  const { overrides } = overridden;
  const isByField = Object.keys(overrides).length > 0;
  const direction =
    values.from !== undefined
      ? { kind: 'from', system: values.from }
      : { kind: isByField && !values['by-owner'] ? 'none' : 'by_owner' };
  const kind = kindOf(values);
  const hasOwnDirection = !['undo', 'mass'].includes(kind) && values['refused-of'] === undefined;
  if (!hasOwnDirection && (isByField || values['by-owner'] || values.from !== undefined))
    return misused('--undo, --guard and --refused-of have a direction already; leave the others out.');
  return {
    kind: 'request',
    body: {
      kind,
      selection,
      ...(hasOwnDirection ? { direction, overrides } : {}),
      ...(values.reason === undefined ? {} : { reason: values.reason }),
    },
  };
}

function kindOf({ undo, guard, onboarding }: PlanValues): string {
  if (undo !== undefined) return 'undo';
  if (guard !== undefined) return 'mass';
  return onboarding ? 'onboarding' : 'reconcile';
}

interface Selected {
  readonly kind: 'selected';
  readonly selection: object;
}

function selectionOf(values: PlanValues, types: readonly string[]): Selected | Misused {
  const { record, dimension, cause, field, group, guard, undo, onboarding } = values;
  const [onlyType] = types.length === 1 ? types : [];
  const type = values.type ?? (onboarding ? onlyType : undefined);
  const refusedOf = values['refused-of'];
  const ways = [record.length > 0 ? record : undefined, type, group, guard, undo, refusedOf].filter(
    (way) => way !== undefined,
  );
  if (ways.length !== 1)
    return misused(
      'Say what it is about, in one way: --record, --type, --group, --guard, --undo, --refused-of or --onboarding.',
    );
  if (
    type === undefined &&
    [dimension, values.class, cause, field, values.system[0]].some((filter) => filter !== undefined)
  )
    return misused('--dimension, --class, --cause, --field and --system narrow --type; give it too.');
  if (type !== undefined) {
    const systems = values.system.length === 0 ? {} : { systems: values.system };
    const filters = { dimension, class: values.class, cause, path: field };
    return selected({ query: { type, ...filters, ...systems } });
  }
  if (record.length > 0) return selected({ recordIds: record });
  if (group !== undefined) return selected({ group });
  if (guard !== undefined) return selected({ guard });
  return selected(undo === undefined ? { refusedOf } : { run: undo });
}

function selected(selection: object): Selected {
  return { kind: 'selected', selection };
}

interface Overridden {
  readonly kind: 'overridden';
  readonly overrides: Readonly<Record<string, object>>;
}

function overridesOf(values: PlanValues): Overridden | Misused {
  const { until, owner, reason } = values;
  if (values.tolerate.length > 0 && [until, owner, reason].includes(undefined))
    return misused('--tolerate needs --until, --owner and --reason.');
  if (values.tolerate.length === 0 && (until ?? owner) !== undefined)
    return misused('--until and --owner belong to --tolerate; give it too.');
  if (values.hold.length > 0 && reason === undefined) return misused('--hold needs --reason.');
  const overrides: Record<string, object> = {};
  const named: readonly (readonly [readonly string[], (field: string) => object])[] = [
    [values.clear, () => ({ kind: 'value', value: null })],
    [values.revert, () => ({ kind: 'golden' })],
    [values.hold, () => ({ kind: 'hold', reason })],
    [values.lift, () => ({ kind: 'lift' })],
    [values.tolerate, () => ({ kind: 'tolerate', until, owner, reason })],
  ];
  const assigned: readonly (readonly [string, readonly string[], (text: string) => object | null])[] = [
    ['adopt', values.adopt, (system) => ({ kind: 'from', system })],
    ['set', values.set, (value) => ({ kind: 'value', value })],
    ['set-json', values['set-json'], jsonValue],
  ];
  for (const [paths, override] of named)
    for (const path of paths) {
      if (Object.hasOwn(overrides, path)) return decidedTwice(path);
      overrides[path] = override(path);
    }
  for (const [option, pairs, override] of assigned)
    for (const pair of pairs) {
      const [, path = '', text = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      const decided = path === '' ? null : override(text);
      if (decided === null)
        return misused(
          `--${option} takes FIELD=${option === 'set-json' ? 'JSON' : 'VALUE'}; ${pair} is not that.`,
        );
      if (Object.hasOwn(overrides, path)) return decidedTwice(path);
      overrides[path] = decided;
    }
  for (const pair of values.loss) {
    const [, system, kind] = /^([^=@]+)=(carry|unlink|recreate)$/.exec(pair) ?? [];
    if (system === undefined)
      return misused(`--loss takes SYSTEM=carry, unlink or recreate; ${pair} is not that.`);
    if (Object.hasOwn(overrides, `@${system}`)) return decidedTwice(`The loss in ${system}`);
    overrides[`@${system}`] = { kind };
  }
  return { kind: 'overridden', overrides };
}

function jsonValue(text: string): object | null {
  try {
    return { kind: 'value', value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}

function decidedTwice(path: string): Misused {
  return misused(`${path} is decided more than once; decide it once.`);
}

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
  undo: { type: 'string', value: 'RUN_ID', about: 'takes back what a run has written' },
  'refused-of': { type: 'string', value: 'PLAN_ID', about: 'of what a plan could not apply' },
  onboarding: { type: 'boolean', about: 'the first settling when a client goes live' },
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
  until: { type: 'string', value: 'TIME', about: 'until when it may differ, such as 2026-12-01T00:00:00Z' },
  owner: { type: 'string', value: 'WHO', about: 'who answers for it' },
} as const satisfies OptionTable;

export const PLAN_OPTIONS = {
  ...SELECTION_OPTIONS,
  ...DIRECTION_OPTIONS,
  reason: { type: 'string', about: 'why, for those who read it later' },
} as const satisfies OptionTable;

export type PlanValues = Values<typeof PLAN_OPTIONS>;

/** The body of a request for a plan. @param types the client's entity types: where there is one only, it need not be named. */
export function planBody(
  values: PlanValues,
  types: readonly string[],
): Readonly<Record<string, unknown>> | Misused {
  const selection = selectionOf(values, types);
  if ('message' in selection) return selection;
  const overrides = overridesOf(values);
  if ('message' in overrides) return overrides;
  if (values['by-owner'] && values.from !== undefined) return misused('Give --by-owner or --from, not both.');
  const isByField = Object.keys(overrides.fields).length > 0;
  const direction =
    values.from !== undefined
      ? { kind: 'from', system: values.from }
      : { kind: isByField && !values['by-owner'] ? 'none' : 'by_owner' };
  const kind = values.undo !== undefined ? 'undo' : values.onboarding ? 'onboarding' : 'reconcile';
  return {
    kind,
    ...selection,
    ...(kind === 'undo' || values['refused-of'] !== undefined
      ? {}
      : { direction, overrides: overrides.fields }),
    ...(values.reason === undefined ? {} : { reason: values.reason }),
  };
}

function selectionOf(
  values: PlanValues,
  types: readonly string[],
): { readonly selection: Readonly<Record<string, unknown>> } | Misused {
  const { record, dimension, cause, field, group, undo, onboarding } = values;
  const [onlyType] = types.length === 1 ? types : [];
  const type = values.type ?? (onboarding ? onlyType : undefined);
  const refusedOf = values['refused-of'];
  const ways = [record.length > 0 ? record : undefined, type, group, undo, refusedOf].filter(
    (way) => way !== undefined,
  );
  if (ways.length !== 1)
    return misused(
      'Say what it is about, in one way: --record, --type, --group, --undo, --refused-of or --onboarding.',
    );
  if (type === undefined && [dimension, values.class, cause, field].some((filter) => filter !== undefined))
    return misused('--dimension, --class, --cause and --field narrow --type; give it too.');
  if (type !== undefined) {
    const systems = values.system.length === 0 ? {} : { systems: values.system };
    const filters = { dimension, class: values.class, cause, path: field };
    return { selection: { query: { type, ...filters, ...systems } } };
  }
  if (record.length > 0) return { selection: { recordIds: record } };
  if (group !== undefined) return { selection: { group } };
  return { selection: undo === undefined ? { refusedOf } : { run: undo } };
}

interface Overrides {
  readonly fields: Readonly<Record<string, object>>;
}

function overridesOf(values: PlanValues): Overrides | Misused {
  const { until, owner, reason } = values;
  if (values.tolerate.length > 0 && [until, owner, reason].includes(undefined))
    return misused('--tolerate needs --until, --owner and --reason.');
  if (values.hold.length > 0 && reason === undefined) return misused('--hold needs --reason.');
  const fields: Record<string, object> = {};
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
      if (Object.hasOwn(fields, path)) return decidedTwice(path);
      fields[path] = override(path);
    }
  for (const [option, pairs, override] of assigned)
    for (const pair of pairs) {
      const [, path = '', text = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      const decided = path === '' ? null : override(text);
      if (decided === null)
        return misused(
          `--${option} takes FIELD=${option === 'set-json' ? 'JSON' : 'VALUE'}; ${pair} is not that.`,
        );
      if (Object.hasOwn(fields, path)) return decidedTwice(path);
      fields[path] = decided;
    }
  return { fields };
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

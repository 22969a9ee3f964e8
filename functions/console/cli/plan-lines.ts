import type { ItemAnswer, PlanAnswer } from './plan-answers.ts';
import { columns, section } from './table.ts';
import { counted, shown, time, words } from './text.ts';

/** A plan and its first items in lines for people: what it comes to first, then each change, then what to do with it. */
export function planLines(
  plan: PlanAnswer,
  items: readonly ItemAnswer[],
  itemCount: number,
): readonly string[] {
  return [
    `${plan.id}  ${words(plan.kind)}, ${standText(plan)}`,
    ...columns([
      ['about', scopeText(plan.scope)],
      ['direction', directionText(plan)],
      ['asks for', `tier ${plan.tier}: ${plan.tierReasons.map(words).join(', ')}`],
      ...(plan.hash === null ? [] : [['hash', plan.hash]]),
    ]),
    ...section('Totals', totalLines(plan)),
    ...section('Items', items.flatMap(itemLines)),
    ...(items.length < itemCount
      ? [
          '',
          `Shown ${items.length} of ${itemCount}. More of them: concord plan show ${plan.id} --limit ${itemCount}`,
        ]
      : []),
    '',
    nextText(plan),
  ];
}

/** Decisions that are not about what holds true. */
const CHANGES_NO_VALUE: readonly string[] = [
  'hold',
  'lift',
  'tolerate',
  'carry',
  'unlink',
  'recreate',
  'release',
];

/** One item: what is decided, what is written where, and what is not and why. */
export function itemLines(item: ItemAnswer): readonly string[] {
  const { recordId, title, status, reason, runId, decisions, operations, blocked } = item;
  const stands = status === 'pending' ? '' : `  ${words(status)}${reason === null ? '' : ` (${reason})`}`;
  const rows = [
    ...decisions.map(({ kind, path, before, value, system }) => [
      system === null ? kind : `${kind} from ${system}`,
      path,
      CHANGES_NO_VALUE.includes(kind) ? '' : change(before, value),
    ]),
    ...operations.flatMap(({ system, action, nativeId, fields }) =>
      fields.map(({ path, from, to, rule }) => [
        `${action} ${system}${nativeId === null ? '' : `:${nativeId}`}`,
        path,
        `${change(from, to)}  (${rule})`,
      ]),
    ),
    ...blocked.map(({ system, path, reason: why }) => [
      system === null ? 'blocked' : `blocked ${system}`,
      path ?? 'all of it',
      words(why),
    ]),
  ];
  return [
    `${recordId}  ${title}${stands}${runId === null ? '' : `  ${runId}`}`,
    ...columns(rows).map((line) => `  ${line}`),
  ];
}

function change(from: Parameters<typeof shown>[0], to: Parameters<typeof shown>[0]): string {
  return `${shown(from)} -> ${shown(to)}`;
}

function standText({ state, expiresAt, approval }: PlanAnswer): string {
  const until =
    expiresAt === null || !['ready', 'awaiting_approval'].includes(state) ? '' : ` until ${time(expiresAt)}`;
  return `${words(state)}${until}${approval === null ? '' : `, approved by ${approval.by}`}`;
}

function scopeText(scope: PlanAnswer['scope']): string {
  switch (scope.kind) {
    case 'ids':
      return counted(scope.count, 'named record');
    case 'crosswalk':
      return `rows of ${scope.type} that say who is who`;
    case 'guard':
      return `what ${scope.guard} holds`;
    case 'run':
      return `what ${scope.runId} wrote`;
    case 'query': {
      const filters = Object.entries(scope.filter).map(
        ([name, value]) => [name, [value ?? []].flat()] as const,
      );
      const given = filters.filter(([, values]) => values.length > 0);
      return `records of ${given.map(([name, values]) => `${name} ${values.join(' and ')}`).join(', ')}`;
    }
  }
}

function directionText({ direction }: PlanAnswer): string {
  const { kind, system } = direction.default;
  const whole =
    system === undefined ? (kind === 'none' ? 'as said by field' : words(kind)) : `from ${system}`;
  const fields = Object.entries(direction.overrides).map(
    ([path, one]) =>
      `${path} ${one.system === undefined ? (OVERRIDE_WORDS[one.kind] ?? words(one.kind)) : `from ${one.system}`}`,
  );
  return [whole, ...fields].join('; ');
}

const OVERRIDE_WORDS: Readonly<Record<string, string>> = {
  golden: 'as it holds true',
  value: 'as given',
  tolerate: 'tolerated',
  hold: 'held',
  lift: 'no longer held',
  carry: 'lost, so removed elsewhere',
  unlink: 'lost, and kept elsewhere',
  recreate: 'lost, and created anew',
};

function totalLines({ totals, sideEffects }: PlanAnswer): readonly string[] {
  const { examined, items, blockedItems, updates, creates, removals } = totals;
  const { decisions, blocked, overwrites, matched, calls } = totals;
  const writes = totals.reversible + totals.irreversible;
  const replaced = Object.entries(overwrites).flatMap(([system, fields]) =>
    Object.entries(fields).map(([path, count]) => `${system}.${path} ${count}`),
  );
  return columns([
    ['examined', counted(examined, 'record')],
    ['to change', counted(items, 'record')],
    ...listed('updates', updates),
    ...listed('creates', creates),
    ...listed('removals', removals),
    ...listed('decisions', decisions),
    ...(replaced.length === 0 ? [] : [['would replace', replaced.join(', ')]]),
    ...listed('matched by', matched),
    ...(blockedItems === 0 ? [] : [['blocked', counted(blockedItems, 'record')]]),
    ...listed('blocked by', blocked),
    ...listed('vendor calls', calls),
    ...(writes === 0 ? [] : [['can be taken back', `${totals.reversible} of ${counted(writes, 'write')}`]]),
    ...sideEffects.map(({ system, effect, count }) => [
      'side effect',
      `${words(effect)} in ${system}: ${count}`,
    ]),
  ]);
}

function listed(name: string, counts: Readonly<Record<string, number>>): readonly (readonly string[])[] {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return entries.length === 0
    ? []
    : [[name, entries.map(([what, count]) => `${words(what)} ${count}`).join(', ')]];
}

/** What can be done with it now, as the console says. */
function nextText({ id, hash, allowedActions, confirmation, totals }: PlanAnswer): string {
  if (totals.items === 0) return 'There is nothing to apply.';
  const apply = allowedActions.find(({ action }) => action === 'apply');
  const approve = allowedActions.find(({ action }) => action === 'approve');
  if (apply?.allowed === true) {
    const more = [
      confirmation.needsReason ? ' --reason TEXT' : '',
      confirmation.confirmText === null ? '' : ` --confirm ${confirmation.confirmText}`,
    ];
    return `Apply it: concord apply ${id} --hash ${hash ?? ''}${more.join('')}`;
  }
  const why = apply?.reason ?? 'It cannot be applied.';
  return approve?.allowed === true
    ? `${why} To approve it: concord plan approve ${id} --hash ${hash ?? ''}`
    : why;
}

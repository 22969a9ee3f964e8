import { describe, expect, test } from 'vitest';

import { ErrorCode } from '#shared/errors/concord-error.ts';
import { AuditAction } from '#shared/model/audit.ts';
import { Capability, ROLES } from '#shared/model/capabilities.ts';
import * as vocabulary from '#shared/model/vocabulary.ts';
import { COLLECTIONS } from '#shared/runtime/collections.ts';

import { filesMatching, nameOf, nodesOf, readSource, type SyntaxNode } from './syntax.ts';

/**
 * Names that stand in stored documents, queues and other people's configuration. A name in this file
 * changes only on purpose: adding one is an edit here; renaming one needs a migration of what is stored.
 */
const FROZEN_COLLECTIONS = [
  'approvals',
  'attributes',
  'audit',
  'budgets',
  'crosswalks',
  'cursors',
  'discrepancies',
  'events',
  'guardCounters',
  'guards',
  'held',
  'history',
  'idempotency',
  'identityDecisions',
  'items',
  'journal',
  'leases',
  'naturalKeys',
  'pages',
  'parts',
  'plans',
  'quarantine',

  'records',
  'schedules',
  'settings',
  'sweeps',
  'work',
  'workflowRuns',
];

const FROZEN_VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  CauseCode: [
    'agreement_broken',
    'alternates',
    'ambiguous_match',
    'ask_mode',
    'awaiting_evidence',
    'before_switch',
    'behind',
    'both_moved',
    'change_pending',
    'edited_since_loss',
    'equal',
    'first_link_differs',
    'foreign_answer',
    'gone',
    'held',
    'ignored_by_policy',
    'in_flight',
    'key_taken',
    'loss_suspected',
    'mass_guard',
    'mirror_moved',
    'move_accepted',
    'move_unexplained',
    'moved_while_behind',
    'never_compared',
    'no_natural_key',
    'not_created_yet',
    'not_removable',
    'not_set',
    'not_writable',
    'observe_mode',
    'removed_by_us',
    'rule_asks',
    'rule_missing',
    'swallowed_value',
    'system_paused',
    'tolerated',
    'unlinked',
    'unreadable',
    'write_refused',
  ],
  EventReason: [
    'already_seen',
    'covered_by_mark',
    'marked',
    'new_record',
    'unknown_topic',
    'unmapped_object',
  ],
  LANES: ['background', 'live', 'operator'],
  MODES: ['ask', 'auto', 'observe'],
  RunState: [
    'cancelled',
    'compensating',
    'failed',
    'partly_succeeded',
    'pending',
    'rollback_failed',
    'rolled_back',
    'running',
    'succeeded',
    'waiting',
  ],
  ServedReason: [
    'accepted',
    'ambiguous_match',
    'blocked',
    'conflict',
    'foreign_answer',
    'forwarded',
    'gone',
    'in_flight',
    'linked',
    'no_change',
    'no_natural_key',
    'planned',
    'stale_read',
    'too_large',
    'unexplained',
    'unreadable',
  ],
  Verdict: ['excluded', 'hard_conflict', 'in_sync', 'missing', 'soft_drift', 'unchecked', 'undetermined'],
  VERDICT_ORDER: [
    'excluded',
    'hard_conflict',
    'in_sync',
    'missing',
    'soft_drift',
    'unchecked',
    'undetermined',
  ],
};

const FROZEN_ERROR_CODES = [
  'already_exists',
  'conflict',
  'contention',
  'forbidden',
  'index_required',
  'internal',
  'invalid_argument',
  'invalid_configuration',
  'newer_release',
  'not_found',
  'unauthenticated',
  'unavailable',
  'vendor_protocol',
  'vendor_rate_limited',
  'vendor_rejected',
  'vendor_timeout',
  'vendor_unauthorised',
  'vendor_unavailable',
  'vendor_unreachable',
];

/** Words of the audit, which is kept for ever: what was done, in which role, by what right. */
const FROZEN_AUDIT_WORDS: Readonly<Record<string, readonly string[]>> = {
  AuditAction: [
    'apply_plan',
    'approve_plan',
    'cancel_run',
    'change_attributes',
    'change_settings',
    'control_schedule',
    'decide_identity',
    'discard_plan',
    'handle_discrepancy',
    'request_check',
    'undo_run',
  ],
  Capability: [
    'apply_plan',
    'approve_plan',
    'change_settings',
    'check',
    'control_runs',
    'decide_identity',
    'export_audit',
    'handle_discrepancies',
    'preview_plan',
    'read_audit',
    'read_discrepancies',
    'read_overview',
    'read_payloads',
    'read_plans',
    'read_quarantine',
    'read_records',
    'read_runs',
    'read_schedules',
    'read_sensitive',
    'read_settings',
    'read_systems',
    'read_whole_audit',
    'reveal_payloads',
    'write_attributes',
  ],
  ROLES: ['admin', 'operator', 'viewer'],
};

/** Workflow and step ids, topics: exported text constants of the areas that own them. */
const FROZEN_CONSTANTS: Readonly<Record<string, string>> = {
  APPLY_PLAN: 'apply-plan',
  SOURCE_EVENTS: 'source-events',
  SYNC_RECORD: 'sync-record',
};

/** The word lists a module exports, each sorted: arrays as they are, frozen objects by their values. */
function wordLists(module: object): Readonly<Record<string, readonly string[]>> {
  const lists = Object.entries(module).filter(([, value]) => typeof value === 'object');
  return Object.fromEntries(lists.map(([name, list]) => [name, Object.values<string>(list).toSorted()]));
}

/** Exported constants in capitals that hold a plain text. */
function textConstants(source: string): readonly (readonly [name: string, text: string])[] {
  return nodesOf(source)
    .filter((node) => node.type === 'ExportDeclaration')
    .flatMap((node) => declaratorsOf(node))
    .flatMap(({ id, init }) => {
      const name = nameOf(id) ?? '';
      return init?.type === 'StringLiteral' && /^[A-Z_]+$/.test(name)
        ? [[name, String(init['value'])] as const]
        : [];
    });
}

function declaratorsOf(
  node: SyntaxNode,
): readonly { readonly id: unknown; readonly init: SyntaxNode | null }[] {
  const declaration = node['declaration'] as SyntaxNode;
  return (declaration['declarations'] ?? []) as readonly {
    readonly id: unknown;
    readonly init: SyntaxNode | null;
  }[];
}

describe('persisted names', () => {
  test('no collection was renamed, dropped or added unnoticed', () => {
    const names = COLLECTIONS.map((collection) => collection.name);

    expect(names.toSorted()).toEqual(FROZEN_COLLECTIONS);
  });

  test('no word of the product vocabulary changed unnoticed', () => {
    const lists = wordLists(vocabulary);

    expect(lists).toEqual(FROZEN_VOCABULARY);
  });

  test('no word of the audit changed unnoticed', () => {
    const lists = wordLists({ AuditAction, Capability, ROLES });

    expect(lists).toEqual(FROZEN_AUDIT_WORDS);
  });

  test('no error code changed unnoticed', () => {
    const codes = Object.values(ErrorCode);

    expect(codes.toSorted()).toEqual(FROZEN_ERROR_CODES);
  });

  test('no workflow id or topic changed unnoticed', () => {
    const sources = filesMatching('shared/messaging/**/*.ts', 'shared/workflows/**/*.ts').map(readSource);

    const constants = Object.fromEntries(sources.flatMap(textConstants));

    expect(constants).toEqual(FROZEN_CONSTANTS);
  });

  test('words are persisted tokens: lower case with underscores', () => {
    const words = [...Object.values(wordLists(vocabulary)).flat(), ...Object.values(ErrorCode)];

    expect(words.filter((word) => !/^[a-z]+(_[a-z]+)*$/.test(word))).toEqual([]);
  });
});

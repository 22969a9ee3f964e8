/**
 * The closed word lists of the product. Stored documents, the console and its API use these tokens
 * and no others; a new meaning is a new token, never a changed one.
 */

/** How a field or dimension stands, from best to worst. */
export const Verdict = Object.freeze({
  inSync: 'in_sync',
  excluded: 'excluded',
  unchecked: 'unchecked',
  undetermined: 'undetermined',
  softDrift: 'soft_drift',
  missing: 'missing',
  hardConflict: 'hard_conflict',
});
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Verdicts in rising order of severity: a dimension's verdict is the worst of its fields'. */
export const VERDICT_ORDER: readonly Verdict[] = Object.freeze([
  Verdict.excluded,
  Verdict.inSync,
  Verdict.unchecked,
  Verdict.undetermined,
  Verdict.softDrift,
  Verdict.missing,
  Verdict.hardConflict,
]);

/** Why a verdict is what it is. */
export const CauseCode = Object.freeze({
  equal: 'equal',
  ignoredByPolicy: 'ignored_by_policy',
  neverCompared: 'never_compared',
  behind: 'behind',
  mirrorMoved: 'mirror_moved',
  moveAccepted: 'move_accepted',
  moveUnexplained: 'move_unexplained',
  inFlight: 'in_flight',
  bothMoved: 'both_moved',
  movedWhileBehind: 'moved_while_behind',
  agreementBroken: 'agreement_broken',
  firstLinkDiffers: 'first_link_differs',
  keyTaken: 'key_taken',
  swallowedValue: 'swallowed_value',
  writeRefused: 'write_refused',
  notCreatedYet: 'not_created_yet',
  gone: 'gone',
  lossSuspected: 'loss_suspected',
  unlinked: 'unlinked',
  removedByUs: 'removed_by_us',
  editedSinceLoss: 'edited_since_loss',
  notRemovable: 'not_removable',
  massGuard: 'mass_guard',
  foreignAnswer: 'foreign_answer',
  unreadable: 'unreadable',
  changePending: 'change_pending',
  ambiguousMatch: 'ambiguous_match',
  noNaturalKey: 'no_natural_key',
  awaitingEvidence: 'awaiting_evidence',
  observeMode: 'observe_mode',
  askMode: 'ask_mode',
  ruleAsks: 'rule_asks',
  beforeSwitch: 'before_switch',
  systemPaused: 'system_paused',
  ruleMissing: 'rule_missing',
  notWritable: 'not_writable',
  notSet: 'not_set',
  tolerated: 'tolerated',
  held: 'held',
  alternates: 'alternates',
});
export type CauseCode = (typeof CauseCode)[keyof typeof CauseCode];

/**
 * How far Concord may go by itself, most cautious first. `observe`: everything runs and no vendor write leaves.
 * `ask`: differences wait for an operator. `auto`: the policy's rules decide.
 */
export const MODES = ['observe', 'ask', 'auto'] as const;
export type Mode = (typeof MODES)[number];

/** Urgency of owed work, most urgent first. */
export const LANES = ['operator', 'live', 'background'] as const;
export type Lane = (typeof LANES)[number];

/** The more urgent of two lanes. */
export function higherLane(a: Lane, b: Lane): Lane {
  return LANES.indexOf(a) <= LANES.indexOf(b) ? a : b;
}

export const RunState = Object.freeze({
  pending: 'pending',
  running: 'running',
  waiting: 'waiting',
  succeeded: 'succeeded',
  partlySucceeded: 'partly_succeeded',
  failed: 'failed',
  compensating: 'compensating',
  rolledBack: 'rolled_back',
  rollbackFailed: 'rollback_failed',
  cancelled: 'cancelled',
});
export type RunState = (typeof RunState)[keyof typeof RunState];

/** What became of a mark: one reason for every pass that served or kept it (M8). */
export const ServedReason = Object.freeze({
  noChange: 'no_change',
  accepted: 'accepted',
  planned: 'planned',
  inFlight: 'in_flight',
  linked: 'linked',
  ambiguousMatch: 'ambiguous_match',
  noNaturalKey: 'no_natural_key',
  conflict: 'conflict',
  unexplained: 'unexplained',
  blocked: 'blocked',
  gone: 'gone',
  foreignAnswer: 'foreign_answer',
  staleRead: 'stale_read',
  unreadable: 'unreadable',
  tooLarge: 'too_large',
  forwarded: 'forwarded',
});
export type ServedReason = (typeof ServedReason)[keyof typeof ServedReason];

/** What became of a delivered source event when it was stored. */
export const EventReason = Object.freeze({
  marked: 'marked',
  coveredByMark: 'covered_by_mark',
  /** A read has seen the object as it is listed, and nothing about it is left to be explained. */
  alreadySeen: 'already_seen',
  newRecord: 'new_record',
  unknownTopic: 'unknown_topic',
  unmappedObject: 'unmapped_object',
});
export type EventReason = (typeof EventReason)[keyof typeof EventReason];

/** What removing an object comes to: a person can restore it for a time, nobody can, or the vendor offers neither. */
export type RemovalKind = 'archive' | 'delete' | 'none';

/** How a representation was obtained. */
export type ObservationMethod = 'read' | 'read_back' | 'write_response' | 'webhook' | 'poll' | 'sweep';

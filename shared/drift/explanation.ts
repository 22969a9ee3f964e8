/** What a cause is explained with. */

/** What an operator may do about it. What it does to vendors is shown by a plan first. */
export const SUGGESTIONS = [
  'adopt',
  'revert',
  'choose_side',
  'carry',
  'unlink',
  'recreate',
  'release',
  'fix_mapping',
  'fix_permission',
  'link',
  'merge',
  'wait',
  'check_again',
  'resume',
  'switch_mode',
  'review_rule',
] as const;
export type Suggestion = (typeof SUGGESTIONS)[number];

/** Causes by the words that consultants know them by. */
export type CauseFamily =
  | 'concurrent_edit'
  | 'late_event'
  | 'mapping_gap'
  | 'validation_rejected'
  | 'permission_denied'
  | 'rate_limited'
  | 'duplicate_in_source'
  | 'deleted_in_source'
  | 'unlinked'
  | 'manual_override'
  | 'rule_missing'
  | 'unknown';

/** Why something stands as it does, and what may be done about it. */
export interface Explanation {
  readonly family: CauseFamily | null;
  /** Why the rule has not settled it. */
  readonly why: string;
  readonly advice: string;
  readonly suggestions: readonly Suggestion[];
}

/** Explains what asks for attention. */
export function explained(
  family: CauseFamily,
  why: string,
  advice: string,
  suggestions: readonly Suggestion[],
): Explanation {
  return { family, why, advice, suggestions };
}

/** Explains what is no trouble. */
export function fine(why: string): Explanation {
  return { family: null, why, advice: '', suggestions: [] };
}

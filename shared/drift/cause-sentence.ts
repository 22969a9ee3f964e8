/**
 * Why something is not in sync, in a sentence that can be read to a client: what differs, who changed what and when,
 * why no rule settled it, and what is suggested. Made from facts and a closed list of causes; it guesses nothing, and
 * where nothing explains a change it says so. Pure (M13).
 */
import { CauseCode } from '#shared/model/vocabulary.ts';
import { explainLoss } from './explain-loss.ts';
import { explained, fine, type CauseFamily, type Explanation, type Suggestion } from './explanation.ts';

/** One value as it is told: `null` for known to be empty. */
export interface SaidValue {
  readonly system: string;
  readonly value: string | null;
}

/** All that a sentence is made of. Names and values come in the form in which they are shown. */
export interface CauseFacts {
  readonly cause: CauseCode;
  /** What the record is: `customer`. */
  readonly entity: string;
  /** What differs; empty when it is about the record as a whole. */
  readonly fields: readonly string[];
  /** Systems that differ, moved or lack it. */
  readonly systems: readonly string[];
  /** Values of the one field that differs; empty when they are several, or not to be shown. */
  readonly values: readonly SaidValue[];
  /** The value that holds true; undefined when nothing does, or when it is not to be shown. */
  readonly holdsTrue?: string | null;
  /** The latest sign of a change. */
  readonly sign: { readonly system: string; readonly source: string; readonly at: string | null } | null;
  /** The rule in force. */
  readonly rule: string;
  /** Codes with which a vendor refused it. */
  readonly refusals: readonly string[];
  /** How many other records may be the same entity. */
  readonly candidates: number;
}

/** A cause in words, with what may be done about it, the best first. */
export interface CauseSentence {
  readonly code: CauseCode;
  /** Null for what is no trouble. */
  readonly family: CauseFamily | null;
  readonly sentence: string;
  readonly suggestions: readonly Suggestion[];
}

/** Says why. */
export function causeSentence(facts: CauseFacts): CauseSentence {
  const { family, why, advice, suggestions } = explain(facts);
  const parts = [whatDiffers(facts), whoChanged(facts), why, advice].filter((part) => part !== '');
  return { code: facts.cause, family, suggestions, sentence: `${capitalised(parts.join('; '))}.` };
}

function explain(facts: CauseFacts): Explanation {
  const { cause, rule } = facts;
  const systems = listed(facts.systems);
  switch (cause) {
    case CauseCode.equal:
      return fine('every system that holds it says the same');
    case CauseCode.moveAccepted:
      return fine(`the change was accepted by the rule "${rule}"`);
    case CauseCode.ignoredByPolicy:
      return fine('the policy leaves it out on purpose');
    case CauseCode.notSet:
      return fine('nobody has set a value for it yet');
    case CauseCode.inFlight:
      return { ...fine('a write that settles it is under way'), suggestions: ['wait'] };
    case CauseCode.neverCompared:
      return explained('unknown', 'it was never compared', 'check it now', ['check_again']);
    case CauseCode.behind:
      return explained(
        'late_event',
        `${systems} has not been told yet what holds true`,
        'check it again; the rule will carry the value over',
        ['check_again', 'adopt'],
      );
    case CauseCode.mirrorMoved:
      return explained(
        'manual_override',
        `by the rule "${rule}" ${systems} only mirrors it, so its own change does not count`,
        'revert the change, or adopt it where it should have been made',
        ['revert', 'adopt', 'review_rule'],
      );
    case CauseCode.moveUnexplained:
      return explained(
        'unknown',
        `the cause is not established: ${systems} changed, and no event, no poll and no modified time tells of it`,
        'decide whether to adopt the value or to revert it',
        ['adopt', 'revert', 'check_again'],
      );
    case CauseCode.awaitingEvidence:
      return explained(
        'late_event',
        `nothing has told yet why ${systems} changed; word of it may still be on its way`,
        'wait a few minutes',
        ['wait', 'check_again'],
      );
    case CauseCode.changePending:
      return explained(
        'late_event',
        'a change was announced that has not been looked at yet',
        'wait until it was read',
        ['wait', 'check_again'],
      );
    case CauseCode.bothMoved:
      return explained(
        'concurrent_edit',
        'each was changed to something else since they last agreed, and no rule may pick one of them',
        'choose which side is right',
        ['choose_side', 'review_rule'],
      );
    case CauseCode.movedWhileBehind:
      return explained(
        'concurrent_edit',
        `${systems} was changed before it had been told of an earlier change, so whoever changed it may not have known`,
        'choose which side is right',
        ['choose_side'],
      );
    case CauseCode.agreementBroken:
      return explained(
        'concurrent_edit',
        `by the rule "${rule}" nobody wins by himself, and only ${systems} has changed`,
        'choose which side is right',
        ['choose_side', 'revert', 'adopt'],
      );
    case CauseCode.alternates:
      return explained(
        'concurrent_edit',
        'the value keeps going to and fro, so that nothing is carried until somebody has looked',
        'find out who changes it, then choose a side',
        ['choose_side', 'review_rule'],
      );
    case CauseCode.swallowedValue:
      return explained(
        'concurrent_edit',
        `a change in ${systems} was overwritten by ours before anybody had seen it`,
        'choose which of the two values is right',
        ['choose_side'],
      );
    case CauseCode.firstLinkDiffers:
      return explained(
        'unlinked',
        'they already differed when they were linked, so nobody can say which of them is the newer',
        'choose which side is right',
        ['choose_side', 'review_rule'],
      );
    case CauseCode.keyTaken:
      if (facts.candidates === 0)
        return explained(
          'duplicate_in_source',
          `${systems} names a key that belongs to another record, which was said to be somebody else`,
          'correct the value on one of the two',
          ['revert'],
        );
      return explained(
        'duplicate_in_source',
        `${systems} names a key that belongs to ${others(facts)}, and two records cannot be found by the same one`,
        'merge the two if they are the same, else correct the value',
        ['merge', 'revert'],
      );
    case CauseCode.ambiguousMatch:
      return explained(
        'duplicate_in_source',
        `it may be the same as ${others(facts)}, and nothing tells for certain`,
        'link it if it is the same, or say that it is not',
        ['link', 'merge'],
      );
    case CauseCode.noNaturalKey:
      return explained(
        'mapping_gap',
        'it carries nothing by which it could be recognised in another system',
        `fill in a key, such as an e-mail address, or link it by hand`,
        ['fix_mapping', 'link'],
      );
    case CauseCode.notCreatedYet:
      return explained(
        'unlinked',
        `it must exist in ${systems} by the rule "${rule}", and was not created there yet`,
        'check it again, or link it if it exists there already',
        ['check_again', 'link'],
      );
    case CauseCode.gone:
      return explained(
        'deleted_in_source',
        `it was deleted in ${systems}, which a read by its id has confirmed, and a deletion is never carried on by itself`,
        'decide what its loss means: remove it in the others too, unlink it, or create it there anew',
        ['carry', 'unlink', 'recreate', 'link'],
      );
    case CauseCode.lossSuspected:
    case CauseCode.unlinked:
    case CauseCode.removedByUs:
    case CauseCode.editedSinceLoss:
    case CauseCode.notRemovable:
    case CauseCode.massGuard:
      return explainLoss(cause, systems, rule);
    case CauseCode.foreignAnswer:
      return explained(
        'duplicate_in_source',
        `${systems} has merged it into another object of its own, so nothing is carried until somebody confirms who is who`,
        facts.candidates > 0
          ? 'link it to the record of the surviving object'
          : 'link it to the surviving object',
        ['link', 'merge'],
      );
    case CauseCode.unreadable:
      return explained('unknown', `${systems} could not be read`, 'check it again, and the access to it', [
        'check_again',
        'fix_permission',
      ]);
    case CauseCode.writeRefused:
      return refusal(facts, systems);
    case CauseCode.notWritable:
      return explained(
        'mapping_gap',
        `${systems} lets this only be read, so it cannot be corrected there from here`,
        'correct it there by hand, or change who owns it',
        ['fix_mapping', 'review_rule'],
      );
    case CauseCode.observeMode:
      return explained(
        'manual_override',
        'Concord only observes here, so nothing is written',
        'apply a plan, or switch the mode',
        ['switch_mode', 'choose_side'],
      );
    case CauseCode.askMode:
      return explained(
        'manual_override',
        'Concord asks before it writes here',
        'apply a plan, or switch the mode',
        ['adopt', 'revert', 'switch_mode'],
      );
    case CauseCode.ruleAsks:
      return explained('manual_override', `the rule "${rule}" asks somebody first`, 'apply a plan', [
        'adopt',
        'revert',
        'review_rule',
      ]);
    case CauseCode.beforeSwitch:
      return explained(
        'manual_override',
        'it is older than the switch to automatic, and only what comes later flows by itself',
        'release it by a plan',
        ['adopt', 'revert'],
      );
    case CauseCode.systemPaused:
      return explained('manual_override', `${systems} is paused`, 'resume it when it is ready', [
        'resume',
        'wait',
      ]);
    case CauseCode.ruleMissing:
      return explained(
        'rule_missing',
        'no rule says who is right in the state that the record is in',
        'complete the policy',
        ['review_rule'],
      );
    case CauseCode.tolerated:
      return { ...fine('somebody has accepted the difference for a time'), family: 'manual_override' };
    case CauseCode.held:
      return explained(
        'manual_override',
        'a write was taken back, and the field is held until its source says something new',
        'lift the hold, or leave it',
        ['wait', 'review_rule'],
      );
  }
}

function refusal({ refusals }: CauseFacts, systems: string): Explanation {
  const why = `${systems} refused the value${refusals.length === 0 ? '' : ` (${listed(refusals)})`}`;
  if (refusals.includes('vendor_unauthorised'))
    return explained('permission_denied', why, `give us the permission to write it, then check again`, [
      'fix_permission',
      'check_again',
    ]);
  if (refusals.includes('vendor_rate_limited'))
    return explained('rate_limited', why, 'wait, then check again', ['wait', 'check_again']);
  if (refusals.includes('exists'))
    return explained('duplicate_in_source', `${systems} already holds such an object`, 'link the two', [
      'link',
      'merge',
    ]);
  return explained('validation_rejected', why, 'correct the value, or how it is mapped', [
    'fix_mapping',
    'choose_side',
  ]);
}

function whatDiffers({ fields, entity, systems, values, holdsTrue }: CauseFacts): string {
  if (fields.length === 0) return `this ${entity} is not as it should be in ${listed(systems)}`;
  const subject = listed(fields);
  if (fields.length > 1 || values.length === 0)
    return `${subject} ${fields.length > 1 ? 'differ' : 'differs'}${systems.length === 0 ? '' : ` in ${listed(systems)}`}`;
  const said = values.map(({ system, value }) => `${system} says ${told(value)}`);
  const holds = holdsTrue === undefined ? [] : [`${told(holdsTrue)} holds true`];
  return `${subject}: ${listed([...said, ...holds])}`;
}

function whoChanged({ sign }: CauseFacts): string {
  if (sign === null) return '';
  return `${sign.system} was changed${sign.at === null ? '' : ` at ${sign.at}`}, by ${SOURCES[sign.source] ?? 'its own account'}`;
}

/** How we know of a change. */
const SOURCES: Readonly<Record<string, string>> = Object.freeze({
  webhook: 'its own event',
  poll: 'what it lists as changed',
  modified_time: 'its modified time',
  operator: 'an operator',
  created: 'the event of its creation',
});

function others({ candidates }: CauseFacts): string {
  return candidates > 1 ? `${candidates} other records` : 'another record';
}

function told(value: string | null): string {
  return value === null ? 'nothing' : `"${value}"`;
}

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import { CauseCode } from '#shared/model/vocabulary.ts';
import { explained, fine, type Explanation } from './explanation.ts';

/** Causes that speak of what a system has lost, or of what was done about that. */
type LossCause = Extract<
  CauseCode,
  'loss_suspected' | 'unlinked' | 'removed_by_us' | 'edited_since_loss' | 'not_removable' | 'mass_guard'
>;

/** Explains what a loss came to, or why nothing was made of it. */
export function explainLoss(cause: LossCause, systems: string, rule: string): Explanation {
  switch (cause) {
    case CauseCode.lossSuspected:
      return explained(
        'late_event',
        `${systems} says that it does not exist, which a second read by its id has still to confirm`,
        'wait until it was read again',
        ['wait', 'check_again'],
      );
    case CauseCode.unlinked:
      return fine(`by the rule "${rule}" the others keep theirs`);
    case CauseCode.removedByUs:
      return explained(
        'deleted_in_source',
        `we removed it in ${systems} because another system had lost it, and nothing is made anew by itself`,
        'create it there anew, or leave it unlinked',
        ['recreate', 'unlink', 'link'],
      );
    case CauseCode.editedSinceLoss:
      return explained(
        'concurrent_edit',
        `it was deleted in ${systems}, and somebody has changed it elsewhere since`,
        'decide what its loss means: remove it in the others too, unlink it, or create it there anew',
        ['carry', 'unlink', 'recreate'],
      );
    case CauseCode.notRemovable:
      return explained(
        'mapping_gap',
        `it was deleted in ${systems}, and another system cannot remove it the way the rule "${rule}" wants`,
        'remove it there by hand, or decide otherwise what its loss means',
        ['unlink', 'recreate', 'review_rule'],
      );
    case CauseCode.massGuard:
      return explained(
        'manual_override',
        'it is one of so many changes of its kind that somebody has to approve them first',
        'let them pass together by a plan of the guard, or find out what went wrong',
        ['release', 'wait'],
      );
  }
}

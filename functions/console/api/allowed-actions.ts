import { isBeingWritten, type RecordDocument } from '#shared/model/record.ts';

/** What the state of an object lets be done to it. What a role lets be done stands in `me`. */
export interface AllowedAction {
  readonly action: string;
  readonly allowed: boolean;
  /** Why not, in a sentence; null when it is allowed. */
  readonly reason: string | null;
}

/** What may be done to a record as it stands. */
export function recordActions(record: RecordDocument): readonly AllowedAction[] {
  const merged =
    record.state === 'merged'
      ? `It was merged into ${record.mergedInto ?? 'another record'}; act on that one.`
      : null;
  const unread =
    record.state === 'provisional' ? 'It was not read yet; nothing is known to compare or write.' : null;
  const busy = isBeingWritten(record) ? 'A run is writing it; wait until that has ended.' : null;
  return [
    action('check', merged),
    action('reconcile', merged ?? unread ?? busy),
    action('edit_attributes', merged),
    action('link', merged ?? busy),
    action('unlink', merged ?? unread ?? busy),
  ];
}

function action(name: string, reason: string | null): AllowedAction {
  return { action: name, allowed: reason === null, reason };
}

import type { ConnectorCapabilities } from '#shared/connectors/connector.ts';

/** What a system can and cannot do, in sentences for those who have to rely on it. */
export function promisesOf({
  removal,
  overwrite,
  timeResolutionMs,
}: ConnectorCapabilities): readonly string[] {
  return [REMOVAL[removal], OVERWRITE[overwrite], resolutionSentence(timeResolutionMs)];
}

const REMOVAL: Readonly<Record<ConnectorCapabilities['removal'], string>> = {
  archive: 'What is removed there can be restored by a person for a time.',
  delete: 'What is removed there is gone for good.',
  none: 'Nothing can be removed there.',
};

const OVERWRITE: Readonly<Record<ConnectorCapabilities['overwrite'], string>> = {
  history: 'A value that somebody set just before our write is seen in its history afterwards.',
  undetectable: 'A value that somebody sets in the moment before our write is overwritten unseen.',
};

function resolutionSentence(resolutionMs: number): string {
  return resolutionMs <= 1
    ? 'Its times tell edits apart to the millisecond.'
    : `Its times do not tell apart edits within ${resolutionMs / 1_000} seconds.`.replace(
        '1 seconds',
        'a second',
      );
}

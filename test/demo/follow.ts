import { setTimeout as wait } from 'node:timers/promises';
import { records, type RecordDocument } from '#shared/model/record.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { isAtRest, tellChanges } from './tell-changes.ts';

export interface FollowOptions {
  readonly store: Pick<DocumentStore, 'query'>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;
const MAX_RECORDS = 500;

/** Tells what becomes of every record that changes from now on. Rejects when the signal ends it. */
export async function followRecords({ store, say, signal }: FollowOptions): Promise<never> {
  const all = async (): Promise<readonly RecordDocument[]> =>
    (await store.query({ from: records.ref, limit: MAX_RECORDS })).map(({ value }) => value);
  const told = new Map((await all()).map(({ id, historyCount }) => [id, historyCount]));
  for (;;) {
    await wait(LOOK_EVERY_MS, undefined, { signal });
    for (const record of await all()) {
      const since = told.get(record.id) ?? 0;
      if (record.historyCount === since || !isAtRest(record)) continue;
      told.set(record.id, record.historyCount);
      say('');
      say(`-  ${whoIs(record)}`);
      for (const line of await tellChanges({ store, record, since })) say(line);
    }
  }
}

function whoIs({ golden, id }: RecordDocument): string {
  const named = ['firstName', 'lastName', 'email'].flatMap((path) => {
    const value = Object.entries(golden).find(([name]) => name === path)?.[1].value;
    return value?.state === 'value' && typeof value.value === 'string' ? [value.value] : [];
  });
  return named.length === 0 ? id : named.join(' ');
}

import { describe, expect, test } from 'vitest';
import { NativeId, RecordId } from '#shared/model/ids.ts';
import type { RecordDocument } from '#shared/model/record.ts';
import type { Snapshot } from '#shared/ports/document-store.ts';
import { isHeldElsewhere, type Stranger } from '#shared/workflows/sync-record/strangers.ts';
import { aRecord, RECORD_ID } from '#test/support/builders/records.ts';
import { aWork } from '#test/support/builders/work.ts';

const other = RecordId('rec_02');

function snapshotOf<T extends object>(value: T): Snapshot<T> {
  return { ref: { path: 'records/rec' }, value, version: '1' };
}

function aStranger(kind: Stranger['kind'], known: Partial<RecordDocument> | null): Stranger {
  const record = aRecord({ id: other, ...known });
  return {
    nativeId: NativeId('501'),
    kind,
    known:
      known === null
        ? null
        : { record: snapshotOf(record), work: snapshotOf(aWork({ recordId: record.id })) },
  };
}

describe('what our create made', () => {
  test.each<[string, boolean, Stranger]>([
    ['is held elsewhere once it stands for another record', true, aStranger('ours', { state: 'active' })],
    ['or for one that was merged since', true, aStranger('ours', { state: 'merged' })],
    ['is ours while its newcomer was not looked at', false, aStranger('ours', { state: 'provisional' })],
    ['is ours while nobody knows it', false, aStranger('ours', null)],
    ['is ours when it was linked to our record already', false, aStranger('ours', { id: RECORD_ID })],
    ['is another matter than what others made', false, aStranger('match', { state: 'active' })],
  ])('%s', (_what, isHeld, stranger) => {
    expect(isHeldElsewhere(RECORD_ID, [stranger])).toBe(isHeld);
  });

  test('is not held elsewhere when there is nothing to be told', () => {
    expect(isHeldElsewhere(RECORD_ID, [])).toBe(false);
  });
});

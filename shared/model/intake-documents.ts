import { contentHash } from './hash.ts';
import { defineCollection, defineSubCollection, type DocumentRef } from './document.ts';
import type { RecordId, SystemId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { EventReason } from './vocabulary.ts';

/** A received event. What became of it stands in the record's `work.served`, later in its history. */
export interface EventDocument {
  readonly system: SystemId;
  readonly receivedAt: Instant;
  readonly reason: EventReason;
  readonly topic: string | null;
  readonly recordId: RecordId | null;
  readonly markSeq: number | null;
  readonly expireAt: Date;
}

export const events = defineCollection<EventDocument>({
  name: 'events',
  indexes: (['system', 'reason'] as const).map((field) => ({
    fields: [
      [field, 'asc'],
      ['receivedAt', 'desc'],
    ],
  })),
  unindexed: [],
  ttlField: 'expireAt',
  erasure: 'holds_none',
});

export function eventRef(system: SystemId, dedupeKey: string): DocumentRef<EventDocument> {
  return events.at(`${system}:${contentHash(dedupeKey)}`);
}

/** Something well-signed that cannot be processed, kept whole until an operator decides. */
export interface QuarantineDocument {
  readonly system: SystemId | null;
  readonly kind: 'invalid_event' | 'dead_letter';
  readonly problem: string;
  readonly receivedAt: Instant;
  /** Parts that together hold the gzipped bytes. */
  readonly parts: number;
  readonly bytes: number;
  readonly source: string;
}

export const quarantine = defineCollection<QuarantineDocument>({
  name: 'quarantine',
  indexes: [
    {
      fields: [
        ['kind', 'asc'],
        ['receivedAt', 'desc'],
      ],
    },
  ],
  unindexed: ['problem'],
  ttlField: null,
  erasure: 'delete',
});

export interface QuarantinePart {
  /** Base64 of one slice of the gzipped bytes. */
  readonly chunk: string;
}

export const quarantineParts = defineSubCollection<QuarantinePart>({
  name: 'parts',
  indexes: [],
  unindexed: ['chunk'],
  ttlField: null,
  erasure: 'delete',
});

import type { Evidence } from '#shared/model/evidence.ts';
import { toEpochMs } from '#shared/model/instant.ts';
import type { Mark, WorkDocument } from '#shared/model/work.ts';
import type { Hint } from '#shared/workflows/sync-record/marks.ts';
import { HUBSPOT } from './policies.ts';
import { minute, RECORD_ID } from './records.ts';

/** Our time in the tests of marks: minute 10. */
export const NOW = toEpochMs(minute(10));

/** Evidence of a webhook that speaks of the record as a whole. */
export function anEvidence(differing: Partial<Evidence> = {}): Evidence {
  return { source: 'webhook', at: minute(5), fields: null, eventKey: 'event-1', ...differing };
}

/** A debt of the live lane that is due. */
export function aMark(differing: Partial<Mark> = {}): Mark {
  return {
    seq: 1,
    vendorTime: minute(5),
    lane: 'live',
    notBefore: NOW,
    attempts: 0,
    staleReads: 0,
    evidence: [],
    ...differing,
  };
}

/** A hint of the live lane about HubSpot in minute 5. */
export function aHint(differing: Partial<Hint> = {}): Hint {
  return { system: HUBSPOT, vendorTime: minute(5), lane: 'live', evidence: [], ...differing };
}

/** A work document that owes nothing. */
export function aWork(differing: Partial<WorkDocument> = {}): WorkDocument {
  return {
    recordId: RECORD_ID,
    marks: {},
    wakeAt: null,
    wakeShard: 0,
    wakeSeq: 0,
    redrives: 0,
    seqs: {},
    observedAt: {},
    ownWrites: {},
    deferred: {},
    checks: {},
    checkDueAt: null,
    checkBand: 3,
    value: 1,
    changes: {},
    served: [],
    ...differing,
  };
}

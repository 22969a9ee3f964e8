/**
 * Discrepancies: from verdicts that are not green to pieces of work, and back. Pure (M13).
 *
 * V1 One opens for a verdict that is neither in sync, excluded nor unchecked, and not for what is merely under way: a
 *    write that has begun, or a move whose explanation may still arrive.
 * V2 One is resolved by a comparison that finds nothing, and by nothing else; when it comes back it is the same one.
 * V3 What somebody said about a difference counts for exactly that difference. Another one asks for attention anew.
 * V4 A suppression hides until its time is over, or until it has become worse.
 * V5 What it lists is never empty: whoever is told that something is wrong is told what.
 */
import { ABSENT, fieldOf, type FieldValue } from '#shared/model/field-value.ts';
import type { Dimension, FieldPath, SystemId } from '#shared/model/ids.ts';
import { toEpochMs, type Instant } from '#shared/model/instant.ts';
import {
  differenceHashOf,
  OCCURRENCES_KEPT,
  severityOf,
  type Discrepancy,
  type DiscrepancyEvidence,
  type DiscrepancyStatus,
  type DiscrepantField,
  type Occurrence,
  type Prompt,
} from '#shared/model/discrepancy.ts';
import type { FieldVerdict, RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';

/** What a comparison says of a dimension that is not green. */
export type Finding =
  /** Nothing but what is under way (V1). */
  | { readonly kind: 'under_way' }
  | {
      readonly kind: 'at_odds';
      readonly class: Verdict;
      readonly cause: CauseCode;
      readonly fields: Discrepancy['fields'];
    };

const GREEN: readonly Verdict[] = [Verdict.inSync, Verdict.excluded, Verdict.unchecked];
const UNDER_WAY: readonly CauseCode[] = [
  CauseCode.inFlight,
  CauseCode.awaitingEvidence,
  CauseCode.lossSuspected,
];

/** What is to be said of a dimension as it was judged; null when nothing is (V1). */
export function findingIn(
  record: Pick<RecordDocument, 'verdicts' | 'representations' | 'links' | 'golden'>,
  dimension: Dimension,
): Finding | null {
  const verdicts = Object.entries(record.verdicts[dimension]?.fields ?? {}) as [FieldPath, FieldVerdict][];
  const notGreen = verdicts.filter(([, { verdict }]) => !GREEN.includes(verdict));
  if (notGreen.length === 0) return null;
  const atOdds = notGreen.filter(([, { cause }]) => !UNDER_WAY.includes(cause));
  const [first, ...others] = atOdds.map(([, verdict]) => verdict);
  if (first === undefined) return { kind: 'under_way' };
  const worst = others.reduce((a, b) => (severityOf(b.verdict) > severityOf(a.verdict) ? b : a), first);
  return {
    kind: 'at_odds',
    class: worst.verdict,
    cause: worst.cause,
    fields: Object.fromEntries(
      atOdds.map(([path, verdict]) => [path, discrepantField(record, path, verdict)]),
    ),
  };
}

function discrepantField(
  { representations, links, golden }: Pick<RecordDocument, 'representations' | 'links' | 'golden'>,
  path: FieldPath,
  verdict: FieldVerdict,
): DiscrepantField {
  const linked = (Object.keys(representations) as SystemId[]).filter((system) => links[system] !== undefined);
  const said = linked.map((system): [SystemId, FieldValue] => [
    system,
    fieldOf(representations[system]?.fields, path),
  ]);
  const isPresence = path.startsWith('@');
  return {
    ...verdict,
    values: isPresence ? {} : Object.fromEntries(said),
    golden: golden[path]?.value ?? ABSENT,
  };
}

/** A comparison of one dimension. */
export interface Tracking {
  readonly record: Pick<RecordDocument, 'id' | 'type'>;
  readonly dimension: Dimension;
  readonly finding: Finding | null;
  readonly evidence: DiscrepancyEvidence;
  readonly prompt: Prompt;
  /** Our time. */
  readonly at: Instant;
}

/** How often a comparison that finds the same again says so. */
const SEEN_AGAIN_MS = 60 * 60_000;

/** The document after a comparison; null when there is nothing to write. */
export function tracked(existing: Discrepancy | undefined, tracking: Tracking): Discrepancy | null {
  const { finding } = tracking;
  const isResolved = existing === undefined || existing.status === 'resolved';
  if (finding?.kind === 'at_odds') {
    return isResolved ? opened(existing, tracking, finding) : seenAgain(existing, tracking, finding);
  }
  if (isResolved) return null;
  if (finding !== null) return withStatus(existing, 'in_progress');
  return resolved(existing, tracking.prompt, tracking.at);
}

/** V2: gone, by a comparison that found nothing any more. */
export function resolved(existing: Discrepancy, prompt: Prompt, at: Instant): Discrepancy {
  const [last, ...earlier] = existing.occurrences.toReversed();
  const closed: readonly Occurrence[] =
    last === undefined ? [] : [{ ...last, closedAt: at, closedBy: prompt }];
  return {
    ...existing,
    status: 'resolved',
    isOpen: false,
    acknowledgement: null,
    suppression: null,
    occurrences: [...earlier.toReversed(), ...closed],
    resolvedAt: at,
    resolvedBy: prompt,
  };
}

/** Where it stands at a time, by what people have said of it. Never `resolved`, which only a comparison says (V2). */
export function statusOf(
  {
    acknowledgement,
    suppression,
    severity,
    differenceHash,
  }: Pick<Discrepancy, 'acknowledgement' | 'suppression' | 'severity' | 'differenceHash'>,
  at: Instant,
): Exclude<DiscrepancyStatus, 'resolved' | 'in_progress'> {
  const isHidden = suppression !== null && suppression.until > at && severity <= suppression.severity;
  if (isHidden) return 'suppressed'; // V4
  return acknowledgement?.differenceHash === differenceHash ? 'acknowledged' : 'open'; // V3
}

function withStatus(existing: Discrepancy, status: DiscrepancyStatus): Discrepancy | null {
  const isOpen = status !== 'resolved' && status !== 'suppressed';
  return existing.status === status ? null : { ...existing, status, isOpen };
}

type AtOdds = Extract<Finding, { readonly kind: 'at_odds' }>;

function opened(existing: Discrepancy | undefined, tracking: Tracking, finding: AtOdds): Discrepancy {
  const { record, dimension, at } = tracking;
  const occurrence: Occurrence = { openedAt: at, closedAt: null, closedBy: null };
  return {
    recordId: record.id,
    type: record.type,
    dimension,
    ...found(tracking, finding),
    status: 'open',
    isOpen: true,
    assignee: existing?.assignee ?? null,
    acknowledgement: null,
    suppression: null,
    occurrenceCount: (existing?.occurrenceCount ?? 0) + 1,
    occurrences: [...(existing?.occurrences ?? []), occurrence].slice(-OCCURRENCES_KEPT),
    firstSeenAt: existing?.firstSeenAt ?? at,
    openedAt: at,
    lastSeenAt: at,
    resolvedAt: null,
    resolvedBy: null,
  };
}

function seenAgain(existing: Discrepancy, tracking: Tracking, finding: AtOdds): Discrepancy | null {
  const { at } = tracking;
  const now = found(tracking, finding);
  const { acknowledgement, suppression } = existing;
  const status = statusOf({ ...now, acknowledgement, suppression }, at);
  const isNews =
    status !== existing.status ||
    now.differenceHash !== existing.differenceHash ||
    countOf(now.evidence) !== countOf(existing.evidence) ||
    toEpochMs(at) - toEpochMs(existing.lastSeenAt) >= SEEN_AGAIN_MS;
  return isNews ? { ...existing, ...now, status, isOpen: status !== 'suppressed', lastSeenAt: at } : null;
}

function found(
  { record, evidence }: Tracking,
  { class: verdict, cause, fields }: AtOdds,
): Pick<Discrepancy, 'class' | 'cause' | 'fields' | 'evidence' | 'differenceHash' | 'severity' | 'groupKey'> {
  return {
    class: verdict,
    cause,
    fields,
    evidence,
    differenceHash: differenceHashOf(fields),
    severity: severityOf(verdict),
    groupKey: groupKeyOf(record, cause, fields),
  };
}

/** What has one cause in the same fields of the same systems has one remedy. */
function groupKeyOf(
  { type }: Pick<RecordDocument, 'type'>,
  cause: CauseCode,
  fields: Discrepancy['fields'],
): string {
  const alike = Object.entries(fields).filter(([, field]) => field.cause === cause);
  const paths = alike.map(([path]) => path).toSorted();
  const systems = [...new Set(alike.flatMap(([, field]) => field.systems))].toSorted();
  return [cause, type, paths.join('+'), systems.join('+')].join(':');
}

function countOf({ signs, candidates, survivors, refusals }: DiscrepancyEvidence): number {
  const lists = [...Object.values(signs), ...Object.values(refusals)];
  return (
    lists.reduce((sum, list) => sum + list.length, 0) + candidates.length + Object.keys(survivors).length
  );
}

import { causeSentence, type CauseFacts, type CauseSentence } from '#shared/drift/cause-sentence.ts';
import { discrepancyId, type Discrepancy } from '#shared/model/discrepancy.ts';
import type { Evidence } from '#shared/model/evidence.ts';
import type { FieldValue } from '#shared/model/field-value.ts';
import type { FieldPath, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { fieldLabel, systemLabel } from './labels.ts';
import type { Sight } from './masking.ts';

/** A discrepancy in a list: the cause in words, and the values that this person may see. */
export function toDiscrepancyRow(discrepancy: Discrepancy, sight: Sight): object {
  const { suppression, acknowledgement, recordId, dimension } = discrepancy;
  const { family, sentence, suggestions } = sentenceOf(discrepancy, sight);
  return {
    id: discrepancyId(recordId, dimension),
    recordId,
    type: discrepancy.type,
    dimension,
    class: discrepancy.class,
    cause: discrepancy.cause,
    family,
    sentence,
    suggestions,
    severity: discrepancy.severity,
    status: discrepancy.status,
    assignee: discrepancy.assignee,
    suppressedUntil: suppression?.until ?? null,
    reason: suppression?.reason ?? acknowledgement?.reason ?? null,
    group: discrepancy.groupKey,
    fields: Object.entries(discrepancy.fields).map(([path, field]) => ({
      path,
      verdict: field.verdict,
      cause: field.cause,
      systems: field.systems,
      rule: field.rule,
      values: Object.fromEntries(
        Object.entries(field.values).map(([system, value]) => [system, sight.tell(path as FieldPath, value)]),
      ),
      golden: sight.tell(path as FieldPath, field.golden),
    })),
    occurrences: discrepancy.occurrenceCount,
    firstSeenAt: discrepancy.firstSeenAt,
    openedAt: discrepancy.openedAt,
    lastSeenAt: discrepancy.lastSeenAt,
    resolvedAt: discrepancy.resolvedAt,
    resolvedBy: discrepancy.resolvedBy,
  };
}

/** One discrepancy with everything that is known about how it came to be. */
export function discrepancyView(discrepancy: Discrepancy, sight: Sight): object {
  const { code, sentence, family, suggestions } = sentenceOf(discrepancy, sight);
  const { acknowledgement, suppression, evidence, occurrences, occurrenceCount } = discrepancy;
  return {
    ...toDiscrepancyRow(discrepancy, sight),
    cause: { code, family, sentence, evidence: evidenceOf(discrepancy) },
    suggestions,
    candidates: evidence.candidates,
    occurrences: { count: occurrenceCount, last: occurrences },
    acknowledgement: acknowledgement && {
      by: acknowledgement.by,
      at: acknowledgement.at,
      reason: acknowledgement.reason,
    },
    suppression: suppression && {
      by: suppression.by,
      at: suppression.at,
      until: suppression.until,
      reason: suppression.reason,
    },
  };
}

/** One thing that is known about it. An empty list says that nothing is. */
type EvidenceRow =
  | ({ readonly kind: 'sign'; readonly system: string } & Evidence)
  | { readonly kind: 'refusal'; readonly system: string; readonly code: string }
  | { readonly kind: 'survivor'; readonly system: string; readonly nativeId: string }
  | { readonly kind: 'candidate'; readonly recordId: string; readonly by: string };

function evidenceOf({ evidence }: Discrepancy): readonly EvidenceRow[] {
  const { signs, refusals, survivors, candidates } = evidence;
  return [
    ...entriesOf(signs).map(([system, sign]) => ({ kind: 'sign' as const, system, ...sign })),
    ...entriesOf(refusals).map(([system, code]) => ({ kind: 'refusal' as const, system, code })),
    ...Object.entries(survivors).map(([system, nativeId]) => ({
      kind: 'survivor' as const,
      system,
      nativeId,
    })),
    ...candidates.map(({ recordId, evidence: by }) => ({ kind: 'candidate' as const, recordId, by })),
  ];
}

/** Why it is as it is, in words for this person. */
export function sentenceOf(discrepancy: Sayable, sight: Sight): CauseSentence {
  return causeSentence(factsOf(discrepancy, sight));
}

/** What a sentence about a difference is made of. */
type Sayable = Pick<Discrepancy, 'cause' | 'type' | 'fields' | 'evidence'>;

function factsOf(discrepancy: Sayable, sight: Sight): CauseFacts {
  const { cause, type, fields, evidence } = discrepancy;
  const alike = Object.entries(fields).filter(([, field]) => field.cause === cause);
  const paths = alike.map(([path]) => path).filter((path) => !path.startsWith('@'));
  const [only] = paths.length === 1 ? alike.filter(([path]) => path === paths[0]) : [];
  const isShown = only !== undefined && !sight.isHidden(only[0]);
  const systems = [...new Set(alike.flatMap(([, field]) => field.systems))];
  return {
    cause,
    entity: type,
    fields: paths.map(fieldLabel),
    systems: systems.map(systemLabel),
    values: isShown
      ? Object.entries(only[1].values).flatMap(([system, value]) =>
          value.state === 'absent' ? [] : [{ system: systemLabel(system), value: textOf(value) }],
        )
      : [],
    ...(isShown && only[1].golden.state !== 'absent' ? { holdsTrue: textOf(only[1].golden) } : {}),
    sign: latestSign(evidence.signs),
    rule: alike[0]?.[1].rule ?? '',
    refusals: [...new Set(Object.values(evidence.refusals).flat())],
    candidates: evidence.candidates.length,
  };
}

function latestSign(signs: Discrepancy['evidence']['signs']): CauseFacts['sign'] {
  const all = entriesOf(signs).map(([system, { source, at }]) => ({
    system: systemLabel(system),
    source,
    at,
  }));
  return all.toSorted((a, b) => timeOf(a.at).localeCompare(timeOf(b.at))).at(-1) ?? null;
}

function timeOf(at: Instant | null): string {
  return at ?? '';
}

function textOf(value: FieldValue): string | null {
  if (value.state !== 'value') return null;
  return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
}

function entriesOf<T>(lists: Readonly<Record<SystemId, readonly T[]>>): readonly (readonly [string, T])[] {
  return Object.entries(lists).flatMap(([system, list]) => list.map((one) => [system, one] as const));
}

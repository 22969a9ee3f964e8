/** What keeps a difference of a field from being settled. Pure. */
import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { DiscrepantField, DiscrepancyEvidence } from '#shared/model/discrepancy.ts';
import { ABSENT, fieldOf } from '#shared/model/field-value.ts';
import { CONCORD, type FieldPath, type SystemId } from '#shared/model/ids.ts';
import type { HistoryEntry, RecordDocument } from '#shared/model/record.ts';
import { CauseCode, Verdict } from '#shared/model/vocabulary.ts';
import type { WorkDocument } from '#shared/model/work.ts';

/** A guard, with the facts that its sentence is made of. */
export interface Guard {
  readonly code: CauseCode;
  readonly verdict: Verdict;
  readonly fields: Readonly<Record<FieldPath, DiscrepantField>>;
  readonly evidence: DiscrepancyEvidence;
}

export interface GuardQuestion {
  readonly policy: EntityPolicy;
  readonly record: RecordDocument;
  readonly work: WorkDocument | undefined;
  readonly paused: readonly SystemId[];
  readonly path: FieldPath;
  /** The verdict of the field's dimension at the time that is asked about, `unknown` for none yet; null for now. */
  readonly verdictThen: HistoryEntry | 'unknown' | null;
}

/** Nothing keeps what is in sync, or is nobody's to settle. */
const QUIET: readonly CauseCode[] = [CauseCode.equal, CauseCode.ignoredByPolicy, CauseCode.notSet];

/** What keeps the field from being settled; null when nothing does. */
export function guardOf(question: GuardQuestion): Guard | null {
  return question.verdictThen === null ? guardNow(question) : guardThen(question, question.verdictThen);
}

function guardNow({ policy, record, work, paused, path }: GuardQuestion): Guard | null {
  const dimension = policy.fields.find((field) => field.path === path)?.dimension ?? policy.presenceDimension;
  const stored = record.verdicts[dimension]?.fields[path];
  const unread = (Object.keys(work?.marks ?? {}) as SystemId[]).filter((system) => system !== CONCORD);
  const verdict = stored?.verdict ?? Verdict.unchecked;
  const cause = stored?.cause ?? CauseCode.neverCompared;
  const systems = stored?.systems ?? [];
  const said = (code: CauseCode, concerned: readonly SystemId[]) =>
    withFacts(record, work, path, { code, verdict, systems: concerned, rule: stored?.rule ?? '' });
  // The vendor's own merge stops the record as a whole, whatever the field's verdict says (M16).
  const foreign = (Object.keys(record.links) as SystemId[]).filter(
    (system) => record.links[system]?.state === 'foreign',
  );
  if (foreign.length > 0 && cause !== CauseCode.ignoredByPolicy)
    return said(CauseCode.foreignAnswer, foreign);
  const held = systems.filter((system) => paused.includes(system));
  const mayFlow: readonly CauseCode[] = [CauseCode.behind, CauseCode.mirrorMoved, CauseCode.inFlight];
  if (held.length > 0 && mayFlow.includes(cause)) return said(CauseCode.systemPaused, held);
  if (unread.length > 0 && cause !== CauseCode.inFlight) return said(CauseCode.changePending, unread);
  return QUIET.includes(cause) ? null : said(cause, systems);
}

/** What was said of the whole dimension then: no field is kept apart in history. */
function guardThen({ record, work, path }: GuardQuestion, then: HistoryEntry | 'unknown'): Guard | null {
  if (then === 'unknown') return null;
  const isGreen = then.after === Verdict.inSync || then.after === Verdict.excluded;
  const code = then.cause.id as CauseCode;
  return isGreen || QUIET.includes(code)
    ? null
    : withFacts(record, work, path, { code, verdict: then.after as Verdict, systems: [], rule: '' });
}

interface Said {
  readonly code: CauseCode;
  readonly verdict: Verdict;
  readonly systems: readonly SystemId[];
  readonly rule: string;
}

function withFacts(
  record: RecordDocument,
  work: WorkDocument | undefined,
  path: FieldPath,
  { code, verdict, systems, rule }: Said,
): Guard {
  const values = Object.entries(record.representations).map(([system, { fields }]) => [
    system,
    fieldOf(fields, path),
  ]);
  const golden = record.golden[path]?.value ?? ABSENT;
  const signs = systems.flatMap((system) => {
    const kept = work?.deferred[system] ?? work?.marks[system]?.evidence ?? [];
    return kept.length === 0 ? [] : [[system, kept] as const];
  });
  const refusals = systems.flatMap((system) => {
    const refusal = record.refusals[system]?.[path];
    return refusal === undefined ? [] : [[system, [refusal.code]] as const];
  });
  return {
    code,
    verdict,
    fields: { [path]: { verdict, cause: code, systems, rule, values: Object.fromEntries(values), golden } },
    evidence: {
      signs: Object.fromEntries(signs),
      refusals: Object.fromEntries(refusals),
      candidates: [],
      survivors: {},
    },
  };
}

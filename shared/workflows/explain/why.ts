/**
 * Why: how a field of a record in one system came to say what it says, told from what is stored: event, acceptance under
 * a rule, run or plan, write, read-back; and what keeps a change from being carried, if something does. It decides and
 * guesses nothing: where the trail ends, it says so.
 */
import type { EntityPolicy } from '#shared/authority/policy.ts';
import { ruleName } from '#shared/authority/rules.ts';
import { workflowRuns, type Run } from '#shared/engine/run.ts';
import type { Cause } from '#shared/model/cause.ts';
import { ABSENT, fieldOf, type FieldValue } from '#shared/model/field-value.ts';
import type { Dimension, FieldPath, RecordId, RunId, SystemId } from '#shared/model/ids.ts';
import type { Instant } from '#shared/model/instant.ts';
import { eventRef } from '#shared/model/intake-documents.ts';
import { recordHistory, records, type HistoryEntry, type RecordDocument } from '#shared/model/record.ts';
import { controlRef } from '#shared/model/settings.ts';
import { work as workCollection } from '#shared/model/work.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import { controlAt } from '../sync-record/control.ts';
import type { SyncContext } from '../sync-record/context.ts';
import { guardOf, type Guard } from './guard.ts';

/** One thing that happened, and what it followed from. */
export type WhyLink =
  | {
      readonly kind: 'event';
      readonly system: SystemId;
      readonly key: string;
      /** Null when the event is older than events are kept. */
      readonly receivedAt: Instant | null;
      readonly reason: string | null;
    }
  /** Nothing but a read: a poll, a check or a modified time; `what` says which. */
  | { readonly kind: 'observation'; readonly system: SystemId | null; readonly what: string }
  | { readonly kind: 'plan'; readonly planId: string }
  | {
      readonly kind: 'run';
      readonly runId: RunId;
      readonly workflow: string;
      readonly state: string;
      readonly createdAt: Instant;
    }
  /** An entry of the record's history: a change that was accepted, written or refused. */
  | {
      readonly kind: 'accepted' | 'written' | 'refused' | 'decided';
      readonly system: SystemId | null;
      readonly before: HistoryEntry['before'];
      readonly after: HistoryEntry['after'];
      readonly rule: string | null;
      readonly recordedAt: Instant;
      readonly trueSince: Instant | null;
    }
  /** What the system said when it was read after the write. */
  | { readonly kind: 'read_back'; readonly system: SystemId; readonly at: Instant; readonly detail: string };

/** What is asked: a field in a system, now or as of a time. */
export interface WhyQuestion {
  readonly recordId: RecordId;
  readonly path: FieldPath;
  readonly system: SystemId;
  /** Our time; null for now. */
  readonly at: Instant | null;
}

export interface WhyAnswer {
  readonly record: RecordDocument;
  /** What the system says of the field; as of a time, what it was last known to say. */
  readonly says: FieldValue;
  readonly holdsTrue: FieldValue;
  readonly rule: string;
  /** From the first cause to the last effect. Empty when nothing of it is known. */
  readonly chain: readonly WhyLink[];
  /** What keeps a difference from being settled; null when nothing differs. */
  readonly stoppedBy: Guard | null;
}

/** What explaining needs: it reads, and nothing else. */
export interface ExplainContext {
  readonly ports: {
    readonly store: Pick<DocumentStore, 'get' | 'getAll' | 'query'>;
    readonly clock: SyncContext['ports']['clock'];
  };
  readonly client: SyncContext['client'];
}

/** Entries of a field that are gone through: what a value rests on stands among the last of them. */
const ENTRIES_READ = 100;
/** Pages of them that a time long ago may lie behind. */
const PAGES_READ = 20;

/** Answers why. Undefined when there is no such record. */
export async function explain(
  context: ExplainContext,
  policy: EntityPolicy,
  question: WhyQuestion,
): Promise<WhyAnswer | undefined> {
  const { store } = context.ports;
  const { recordId, path, system, at } = question;
  const [record, work, settings] = await store.getAll([
    records.at(recordId),
    workCollection.at(recordId),
    controlRef,
  ] as const);
  if (record === undefined) return undefined;
  const entries = await entriesOf(store, recordId, path, at);
  const chain = await chainOf(store, system, entries);
  const { lifecycle, representations, golden } = record.value;
  const control = controlAt({ client: context.client }, settings?.value, context.ports.clock.now());
  const verdictsThen = at === null ? [] : await entriesOf(store, recordId, dimensionOf(policy, path), at);
  return {
    record: record.value,
    says: at === null ? fieldOf(representations[system]?.fields, path) : lastSaid(entries, system),
    holdsTrue: at === null ? (golden[path]?.value ?? ABSENT) : lastHeld(entries),
    rule: ruleName(policy, path, lifecycle).id,
    chain,
    stoppedBy: guardOf({
      policy,
      record: record.value,
      work: work?.value,
      paused: control.paused,
      path,
      verdictThen: at === null ? null : (verdictsThen.find(({ kind }) => kind === 'verdict') ?? 'unknown'),
    }),
  };
}

/** The last entries about a field, or a dimension, up to a time, the newest first. */
async function entriesOf(
  store: Pick<DocumentStore, 'query'>,
  recordId: RecordId,
  path: FieldPath | Dimension,
  at: Instant | null,
): Promise<readonly HistoryEntry[]> {
  let before: number | null = null;
  for (let page = 0; page < PAGES_READ; page += 1) {
    const found: readonly { readonly value: HistoryEntry }[] = await store.query<HistoryEntry>({
      from: recordHistory.under(records.at(recordId)),
      where: [['path', '==', path]],
      orderBy: [['seq', 'desc']],
      limit: ENTRIES_READ,
      ...(before === null ? {} : { after: [before] }),
    });
    const entries = found.map(({ value }) => value);
    const known = entries.filter(({ recordedAt }) => at === null || recordedAt <= at);
    if (known.length > 0 || entries.length < ENTRIES_READ) return known;
    before = entries.at(-1)?.seq ?? null;
  }
  return [];
}

function dimensionOf(policy: EntityPolicy, path: FieldPath): Dimension {
  return policy.fields.find((field) => field.path === path)?.dimension ?? policy.presenceDimension;
}

/**
 * Back from the last thing that made the system say what it says: our own write, with what was accepted before it, or
 * somebody's change there, with what became of it.
 */
async function chainOf(
  store: Pick<DocumentStore, 'get'>,
  system: SystemId,
  entries: readonly HistoryEntry[],
): Promise<readonly WhyLink[]> {
  const last = entries.findIndex((entry) => entry.system === system && isChange(entry));
  const [entry] = last === -1 ? entries.filter(isChange) : entries.slice(last, last + 1);
  if (entry === undefined) return [];
  // What was accepted before a write is what it carried; a change elsewhere that was not carried yet comes after it.
  const origin =
    entry.kind === 'accepted' ? entry : entries.find((one) => one.seq < entry.seq && one.kind === 'accepted');
  const links: WhyLink[] = [];
  if (origin !== undefined) links.push(...(await causeOf(store, origin)), linkOf(origin));
  const later = entries
    .filter((one) => one.seq > (origin?.seq ?? 0) && one !== origin && isChange(one))
    .toReversed();
  for (const one of later)
    links.push(...(await runOf(store, one)), linkOf(one), ...(await readBackOf(store, one)));
  return links;
}

function isChange({ kind }: HistoryEntry): boolean {
  return kind === 'accepted' || kind === 'written' || kind === 'refused';
}

function linkOf(entry: HistoryEntry): WhyLink {
  const { kind, system, before, after, rule, recordedAt, trueSince } = entry;
  const known = kind === 'accepted' || kind === 'written' || kind === 'refused' ? kind : 'decided';
  return { kind: known, system, before, after, rule, recordedAt, trueSince };
}

async function causeOf(
  store: Pick<DocumentStore, 'get'>,
  { cause, system }: HistoryEntry,
): Promise<readonly WhyLink[]> {
  switch (cause.kind) {
    case 'event': {
      if (system === null) return [];
      const event = await store.get(eventRef(system, cause.id));
      const { receivedAt = null, reason = null } = event?.value ?? {};
      return [{ kind: 'event', system, key: cause.id, receivedAt, reason }];
    }
    case 'plan':
      return [{ kind: 'plan', planId: cause.id }];
    case 'run':
      return [];
    case 'observation':
    case 'match':
    case 'verdict':
      return [{ kind: 'observation', system, what: cause.id }];
  }
}

async function runOf(
  store: Pick<DocumentStore, 'get'>,
  { cause }: HistoryEntry,
): Promise<readonly WhyLink[]> {
  const run = await storedRun(store, cause);
  if (run === undefined) return [];
  const { id, workflow, state, createdAt } = run;
  const plan: readonly WhyLink[] = run.cause.kind === 'plan' ? [{ kind: 'plan', planId: run.cause.id }] : [];
  return [...plan, { kind: 'run', runId: id, workflow, state, createdAt }];
}

async function readBackOf(
  store: Pick<DocumentStore, 'get'>,
  { cause, system, kind }: HistoryEntry,
): Promise<readonly WhyLink[]> {
  const run = kind === 'written' ? await storedRun(store, cause) : undefined;
  return (run?.journal ?? []).flatMap((event): readonly WhyLink[] => {
    if (event.kind !== 'step_succeeded' || system === null) return [];
    const isOfSystem = run?.dag.some((node) => node.id === event.step && node.system === system) === true;
    return isOfSystem ? [{ kind: 'read_back', system, at: event.at, detail: event.detail }] : [];
  });
}

async function storedRun(store: Pick<DocumentStore, 'get'>, cause: Cause): Promise<Run | undefined> {
  if (cause.kind !== 'run') return undefined;
  return (await store.get(workflowRuns.at(cause.id)))?.value;
}

function lastSaid(entries: readonly HistoryEntry[], system: SystemId): FieldValue {
  const said = entries.find(
    (entry) => entry.system === system && (entry.kind === 'accepted' || entry.kind === 'written'),
  );
  return valueOfEntry(said);
}

function lastHeld(entries: readonly HistoryEntry[]): FieldValue {
  return valueOfEntry(entries.find(({ kind }) => kind === 'accepted'));
}

function valueOfEntry(entry: HistoryEntry | undefined): FieldValue {
  return typeof entry?.after === 'object' && entry.after !== null ? entry.after : ABSENT;
}

import { isDeepStrictEqual } from 'node:util';
import { unavailable } from '#shared/errors/faults.ts';
import type { ClientId } from '#shared/model/ids.ts';
import type { TriggerTopology } from '#shared/ports/topology.ts';
import type { ChangeFeed, DocumentChangeRow } from './change-feed.ts';
import { type DocumentChange, encodeDocumentEvent } from './document-event.ts';
import { type PathMatcher, compileDocumentPattern } from './document-pattern.ts';
import type { GroupCommit } from './group-commit.ts';
import { documentName, eventIdOf, kindOfChange } from './trigger-event.ts';
import type { TriggerEntry, TriggerRows } from './trigger-rows.ts';

export interface TriggerExpanderOptions {
  readonly clientId: ClientId;
  readonly triggers: readonly TriggerTopology[];
  readonly feed: ChangeFeed;
  readonly rows: TriggerRows;
  readonly group: GroupCommit;
}

/** What one look at the feed brought. */
export interface Expansion {
  readonly entries: readonly TriggerEntry[];
  readonly hasMore: boolean;
}

interface WatchingTrigger {
  readonly topology: TriggerTopology;
  readonly matches: PathMatcher;
}

const BATCH = 200;
const MAX_BATCHES = 20;
const PRUNE_EVERY = 500;

/**
 * Turns committed changes into one delivery row per matching trigger, in a transaction of its own that also
 * moves each trigger's cursor: a change is neither skipped nor told twice by a restart. A write that changed
 * nothing fires nothing.
 */
export class TriggerExpander {
  readonly #options: TriggerExpanderOptions;
  readonly #triggers: readonly WatchingTrigger[];
  readonly #cursors = new Map<string, number>();
  #prunedTo = 0;
  #running: Promise<Expansion> | undefined;

  constructor(options: TriggerExpanderOptions) {
    this.#options = options;
    this.#triggers = options.triggers.map((topology) => ({
      topology,
      matches: compileDocumentPattern(topology.document),
    }));
    this.#openCursors();
  }

  /** Expands what is new, a bounded number of changes. Calls during an expansion join it. */
  expand(): Promise<Expansion> {
    this.#running ??= this.#expandBatches().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** A new trigger sees what happens from now on; its cursor is durable before the first change. */
  #openCursors(): void {
    const { rows, group, feed, triggers } = this.#options;
    const open = (): void => {
      for (const { name } of triggers) {
        const seq = rows.cursor(name) ?? feed.latest();
        rows.moveCursor(name, seq);
        this.#cursors.set(name, seq);
      }
    };
    group.submit(open).catch(() => this.#cursors.clear());
    group.flush();
    if (this.#cursors.size < triggers.length) throw unavailable('The embedded database');
  }

  async #expandBatches(): Promise<Expansion> {
    const entries: TriggerEntry[] = [];
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const changes = this.#nextChanges();
      const last = changes.at(-1);
      if (last === undefined) return { entries, hasMore: false };
      entries.push(...(await this.#options.group.submit(() => this.#write(changes, last.seq))));
      for (const name of this.#cursors.keys()) this.#advance(name, last.seq);
      this.#prune();
    }
    return { entries, hasMore: true };
  }

  #position(): number {
    return Math.min(...this.#cursors.values());
  }

  #nextChanges(): readonly DocumentChangeRow[] {
    if (this.#cursors.size === 0) return [];
    const { feed } = this.#options;
    const position = this.#position();
    return feed.latest() > position ? feed.after(position, BATCH) : [];
  }

  #write(changes: readonly DocumentChangeRow[], lastSeq: number): readonly TriggerEntry[] {
    const { rows } = this.#options;
    const entries = changes.flatMap((row) => this.#expandOne(row));
    for (const name of this.#cursors.keys()) rows.moveCursor(name, lastSeq);
    return entries;
  }

  #expandOne(row: DocumentChangeRow): readonly TriggerEntry[] {
    const interested = this.#triggers.filter(
      ({ topology, matches }) => row.seq > (this.#cursors.get(topology.name) ?? 0) && matches(row.path),
    );
    if (interested.length === 0 || isDeepStrictEqual(row.before, row.after)) return [];
    const { clientId, rows } = this.#options;
    const document = `clients/${clientId}/${row.path}`;
    const { before, after, changedAt } = row;
    const change: DocumentChange = { name: documentName(clientId, document), before, after, changedAt };
    const [kind, body, eventId] = [
      kindOfChange(change),
      encodeDocumentEvent(change),
      eventIdOf(row.seq, change),
    ];
    return interested
      .filter(({ topology: { event = 'written' } }) => event === 'written' || event === kind)
      .map(({ topology }) => rows.insert({ trigger: topology.name, eventId, document, changedAt, body }));
  }

  #advance(name: string, seq: number): void {
    this.#cursors.set(name, Math.max(seq, this.#cursors.get(name) ?? 0));
  }

  #prune(): void {
    const position = this.#position();
    if (position - this.#prunedTo < PRUNE_EVERY) return;
    this.#prunedTo = position;
    this.#options.feed.prune(position);
  }
}

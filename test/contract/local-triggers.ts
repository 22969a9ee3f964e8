import { defineCollection } from '#shared/model/document.ts';
import { ClientId } from '#shared/model/ids.ts';
import { DEFAULT_ADDRESSES } from '#shared/platform/local/addresses.ts';
import {
  type ChangeFeed,
  type DocumentChangeRow,
  createChangeFeed,
} from '#shared/platform/local/change-feed.ts';
import type { DeliveringPortOptions } from '#shared/platform/local/delivering-port.ts';
import type { StoredFields } from '#shared/platform/local/document-event.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import type { Grouping } from '#shared/platform/local/group-commit.ts';
import { createLocalTriggers } from '#shared/platform/local/triggers.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import { remove, set } from '#shared/ports/document-store.ts';
import type { TriggerTopology } from '#shared/ports/topology.ts';
import { advancePumps, createLocalDeliverySetup } from '#test/support/local-delivery-setup.ts';
import type { OpenTriggers, TriggersUnderTest } from './triggers.contract.ts';

/** What a broken set of triggers does differently from the embedded one. */
export interface TriggerDefect {
  readonly deliver?: (deliver: Deliver) => Deliver;
  readonly feed?: (feed: ChangeFeed) => ChangeFeed;
}

/** Where documents are written and their changes read. */
interface WatchedDocuments {
  readonly feed: ChangeFeed;
  write(path: string, after: StoredFields | undefined): Promise<unknown>;
}

/** Documents that outlive the pump, with every write in the feed, those that change nothing included. */
function createDocumentsInMemory(now: () => number): WatchedDocuments {
  const documents = new Map<string, StoredFields | undefined>();
  let changes: DocumentChangeRow[] = [];
  let latest = 0;
  return {
    async write(path, after) {
      latest += 1;
      changes.push({ seq: latest, path, before: documents.get(path), after, changedAt: now() });
      documents.set(path, after);
    },
    feed: {
      after: (seq, limit) => changes.filter((change) => change.seq > seq).slice(0, limit),
      prune: (seq) => {
        changes = changes.filter((change) => change.seq > seq);
      },
      latest: () => latest,
    },
  };
}

const COLLECTIONS = ['crosswalks', 'parts', 'records', 'history', 'signals'].map((name) =>
  defineCollection({ name, indexes: [], unindexed: [], ttlField: null, erasure: 'holds_none' }),
);

/** The documents of the embedded store. */
function createDocumentsInStore(
  options: DeliveringPortOptions,
  triggers: readonly TriggerTopology[],
): WatchedDocuments {
  const { database, clock, grouping } = options;
  const watched = triggers.map(({ document }) => document);
  const store = createLocalDocumentStore({
    database,
    clock,
    grouping,
    clientId: 'demo',
    collections: COLLECTIONS,
    watched,
  });
  return {
    feed: createChangeFeed({ database, clientId: 'demo' }),
    write: (path, after) => store.commit([after === undefined ? remove({ path }) : set({ path }, after)]),
  };
}

/** Opens the embedded triggers over the embedded store. */
export function localTriggersOverStore(grouping: Grouping): OpenTriggers {
  return openTriggers(grouping, {}, createDocumentsInStore);
}

/** Opens the embedded triggers over documents in memory, optionally with a planted defect. */
export function localTriggers(grouping: Grouping = 'immediate', defect: TriggerDefect = {}): OpenTriggers {
  let documents: WatchedDocuments | undefined;
  const open = openTriggers(
    grouping,
    defect,
    ({ clock }) => (documents ??= createDocumentsInMemory(clock.now)),
  );
  return (declared) => {
    documents = undefined;
    return open(declared);
  };
}

type OpenDocuments = (
  options: DeliveringPortOptions,
  triggers: readonly TriggerTopology[],
) => WatchedDocuments;

function openTriggers(grouping: Grouping, defect: TriggerDefect, openDocuments: OpenDocuments): OpenTriggers {
  return async (declared) => {
    const setup = createLocalDeliverySetup(grouping);
    const { clock, recorder, identity } = setup;
    let documents: WatchedDocuments;
    const start = (): ReturnType<typeof createLocalTriggers> => {
      const options = setup.options();
      documents = openDocuments(options, declared);
      const { feed } = documents;
      return createLocalTriggers({
        ...options,
        clientId: ClientId('demo'),
        triggers: declared,
        feed: defect.feed?.(feed) ?? feed,
        deliver: defect.deliver?.(options.deliver) ?? options.deliver,
      });
    };
    let local = start();
    const under: TriggersUnderTest = {
      clock,
      received: recorder.received,
      answerWith: recorder.answerWith,
      async write(path, fields) {
        await documents.write(path, fields ?? undefined);
        local.noteCommit();
      },
      advance: (byMs) => advancePumps(clock, () => [local.pump], byMs),
      async restart() {
        await setup.reopen();
        local = start();
      },
      deadLetters: () => local.deadLetters(100).length,
      identity,
      audienceOf: DEFAULT_ADDRESSES.audienceOf,
      async close() {
        setup.close();
      },
    };
    return under;
  };
}

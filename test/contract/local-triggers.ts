import { ClientId } from '#shared/model/ids.ts';
import { DEFAULT_ADDRESSES } from '#shared/platform/local/addresses.ts';
import type { StoredFields } from '#shared/platform/local/document-event.ts';
import type { Grouping } from '#shared/platform/local/group-commit.ts';
import type { ChangeRow, ChangeSource } from '#shared/platform/local/trigger-expander.ts';
import { createLocalTriggers } from '#shared/platform/local/triggers.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { TriggerTopology } from '#shared/ports/topology.ts';
import { advancePumps, createLocalDeliverySetup } from '#test/support/local-delivery-setup.ts';
import type { OpenTriggers, TriggersUnderTest } from './triggers.contract.ts';

/** What a broken set of triggers does differently from the embedded one. */
export interface TriggerDefect {
  readonly triggers?: (declared: readonly TriggerTopology[]) => readonly TriggerTopology[];
  readonly deliver?: (deliver: Deliver) => Deliver;
  readonly feed?: (feed: ChangeSource) => ChangeSource;
}

/** A feed that outlives the pump, with every write in it, those that change nothing included. */
function createFeed(now: () => number): ChangeSource & { write(path: string, after: StoredFields | undefined): void } {
  const documents = new Map<string, StoredFields | undefined>();
  let changes: ChangeRow[] = [];
  let latest = 0;
  return {
    write(path, after) {
      latest += 1;
      changes.push({ seq: latest, path, before: documents.get(path), after, changedAt: now() });
      documents.set(path, after);
    },
    after: (seq, limit) => changes.filter((change) => change.seq > seq).slice(0, limit),
    prune: (seq) => {
      changes = changes.filter((change) => change.seq > seq);
    },
    latest: () => latest,
  };
}

/** Opens the embedded triggers, optionally with a planted defect. */
export function localTriggers(grouping: Grouping = 'immediate', defect: TriggerDefect = {}): OpenTriggers {
  return async (declared) => {
    const setup = createLocalDeliverySetup(grouping);
    const { clock, recorder, identity } = setup;
    const feed = createFeed(clock.now);
    const start = (): ReturnType<typeof createLocalTriggers> => {
      const options = setup.options();
      return createLocalTriggers({
        ...options,
        clientId: ClientId('demo'),
        triggers: defect.triggers?.(declared) ?? declared,
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
        feed.write(path, fields ?? undefined);
        local.noteCommit();
      },
      advance: (byMs) => advancePumps(clock, () => [local.pump], byMs),
      async restart() {
        await new Promise((resolve) => setImmediate(resolve));
        setup.reopen();
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

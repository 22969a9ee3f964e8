import type { EntityPolicy } from '#shared/authority/policy.ts';
import type { Connector } from '#shared/connectors/connector.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { openDatabase } from '#shared/platform/local/database.ts';
import { createLocalDocumentStore } from '#shared/platform/local/document-store.ts';
import type { DocumentStore } from '#shared/ports/document-store.ts';
import type { Task, TaskQueue } from '#shared/ports/task-queue.ts';
import { COLLECTIONS } from '#shared/runtime/collections.ts';
import type { SyncContext } from '#shared/workflows/sync-record/context.ts';
import { createManualClock, type ManualClock } from '#test/support/manual-clock.ts';
import { createRecordingTelemetry, type RecordingTelemetry } from '#test/support/recording-telemetry.ts';
import { createSeededIds } from '#test/support/seeded-ids.ts';
import { NOW } from './work.ts';

/** What serving a record needs, over an empty embedded store in memory, in minute 10. */
export interface TestContext extends SyncContext {
  readonly clock: ManualClock;
  readonly store: DocumentStore;
  readonly telemetry: RecordingTelemetry;
  /** Tasks that were enqueued, without the repetitions that the queue refuses. */
  readonly tasks: readonly Task[];
}

/** Creates a context around the connectors given. */
export function aContext(
  connectors: Readonly<Record<SystemId, Connector>> = {},
  entities: readonly EntityPolicy[] = [],
): TestContext {
  const clock = createManualClock(NOW);
  const telemetry = createRecordingTelemetry();
  const store = createLocalDocumentStore({
    database: openDatabase({ file: ':memory:', durability: 'relaxed' }),
    clientId: 'demo',
    collections: COLLECTIONS,
    clock,
  });
  const tasks: Task[] = [];
  return {
    clock,
    store,
    telemetry,
    tasks,
    ports: { store, clock, telemetry, ids: createSeededIds(1, clock), tasks: queueInto(tasks) },
    client: { entities, mappings: {}, initialMode: 'auto' },
    connectors: new Map(Object.entries(connectors) as [SystemId, Connector][]),
    release: 1,
    timing: { callTimeoutMs: 10_000, leaseMs: 60_000, clockSkewMs: 2_000 },
  };
}

function queueInto(tasks: Task[]): TaskQueue {
  return {
    enqueue: async (task) => {
      if (tasks.some((known) => known.name === task.name)) return 'duplicate';
      tasks.push(task);
      return 'created';
    },
  };
}

import type { Clock } from './clock.ts';
import type { DocumentStore } from './document-store.ts';
import type { EventBus } from './event-bus.ts';
import type { Http } from './http.ts';
import type { Identity } from './identity.ts';
import type { Ids } from './ids.ts';
import type { Operators } from './operators.ts';
import type { QueueAdmin } from './queue-admin.ts';
import type { Secrets } from './secrets.ts';
import type { TaskQueue } from './task-queue.ts';
import type { Telemetry } from './telemetry.ts';

/** Everything that reaches outside a function. Handlers take the part they need. */
export interface Ports {
  readonly store: DocumentStore;
  readonly bus: EventBus;
  readonly tasks: TaskQueue;
  readonly queues: QueueAdmin;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Secrets;
  readonly identity: Identity;
  readonly operators: Operators;
  readonly http: Http;
  readonly telemetry: Telemetry;
}

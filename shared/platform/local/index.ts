import type { Role } from '#shared/model/capabilities.ts';
import type { CollectionDefinition } from '#shared/model/document.ts';
import type { ClientId } from '#shared/model/ids.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Deliver } from '#shared/ports/delivery.ts';
import type { Http } from '#shared/ports/http.ts';
import type { Ids } from '#shared/ports/ids.ts';
import type { Ports } from '#shared/ports/ports.ts';
import type { Pump } from '#shared/ports/pump.ts';
import type { Telemetry } from '#shared/ports/telemetry.ts';
import type { Topology } from '#shared/ports/topology.ts';
import { DEFAULT_ADDRESSES, type PlatformAddresses, functionAccount, signerAccount } from './addresses.ts';
import { createChangeFeed } from './change-feed.ts';
import { type Database, type Durability, openDatabase } from './database.ts';
import type { DeliveringPortOptions } from './delivering-port.ts';
import { createLocalDocumentStore } from './document-store.ts';
import { createLocalEventBus } from './event-bus.ts';
import { createExpirySweeper } from './expiry.ts';
import type { Grouping } from './group-commit.ts';
import { type HostLock, acquireHostLock } from './host-lock.ts';
import { createLocalIdentity, openLocalIssuer } from './identity.ts';
import type { LocalPump } from './local-pump.ts';
import { createLocalOperators } from './operators.ts';
import { createLocalSchedules } from './schedules.ts';
import { createLocalSecrets } from './secrets.ts';
import { createLocalTaskQueue } from './task-queue.ts';
import type { DeadTriggerEvent } from './trigger-rows.ts';
import { createLocalTriggers } from './triggers.ts';

export { createChaos, type ChaosRates } from './chaos.ts';
export { createSystemClock } from './clock.ts';
export { withDeadline } from './delivery-deadline.ts';
export { startLoops, type LocalHostLoop } from './host-loop.ts';
export { createLocalHttp, type LocalHttp } from './http.ts';
export { createSystemIds } from './ids.ts';
export { pause } from './pause.ts';

export interface LocalPlatformOptions {
  readonly file: string | ':memory:';
  /** @default 'full' */
  readonly durability?: Durability;
  /** @default 'immediate' */
  readonly grouping?: Grouping;
  readonly clientId: ClientId;
  readonly collections: readonly CollectionDefinition[];
  readonly topology: Topology;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** Role of whoever uses the console on this machine. @default nobody is let in */
  readonly devRole?: Role;
  readonly http: Http;
  readonly telemetry: Telemetry;
  readonly deliver: Deliver;
  /** Names in tokens. @default those of the embedded platform */
  readonly addresses?: PlatformAddresses;
  /** Whether this process pumps; of the processes that share a file exactly one does. @default true */
  readonly isHost?: boolean;
  /** Whether other processes write the same file. @default false */
  readonly isShared?: boolean;
  /** How often a host looks for what other processes wrote, if the file is shared. @default 20 */
  readonly pollForeignWorkMs?: number;
}

/** The whole embedded platform of one client, over one file. */
export interface LocalPlatform {
  /** The ports of one function: one store, bus and queue for all, and the identity of its own account. */
  portsFor(functionName: string): Ports;
  /** Empty in a process that does not pump. */
  readonly pumps: readonly (Pump | LocalPump)[];
  /** A token of any account, for those who call functions as the platform would. */
  tokenAs(account: string, audience: string): string;
  /** Trigger events that nobody took, the latest first. */
  deadTriggerEvents(limit: number): readonly DeadTriggerEvent[];
  /** Writes what is outstanding and gives up the file. Stop the pumps first. */
  close(): Promise<void>;
}

const DEFAULT_POLL_MS = 20;

/**
 * Composes the ports over one SQLite file. Each port has its own transactions: what the cloud cannot write
 * together is not written together here either.
 *
 * @throws ConcordError `invalid_configuration` when another host pumps the file; `unavailable` when it
 *   cannot be opened.
 */
export function createLocalPlatform(options: LocalPlatformOptions): LocalPlatform {
  const { file, durability = 'full', isHost = true } = options;
  const lock = isHost && file !== ':memory:' ? acquireHostLock(file) : undefined;
  let database: Database | undefined;
  try {
    database = openDatabase({ file, durability });
    return compose(options, database, lock);
  } catch (error) {
    database?.close();
    lock?.release();
    throw error;
  }
}

function compose(
  options: LocalPlatformOptions,
  database: Database,
  lock: HostLock | undefined,
): LocalPlatform {
  const {
    clientId,
    collections,
    topology,
    clock,
    ids,
    http,
    telemetry,
    grouping = 'immediate',
    isHost = true,
  } = options;
  const { audienceOf, emailOf } = options.addresses ?? DEFAULT_ADDRESSES;
  const issuer = openLocalIssuer({ dataFile: options.file, clock });
  const port: DeliveringPortOptions = {
    database,
    grouping,
    clock,
    telemetry,
    deliver: options.deliver,
    bearer: (target) => `Bearer ${issuer.tokenAs(emailOf(signerAccount(target)), audienceOf(target))}`,
    isHost,
    pollForeignWorkMs: isHost ? pollIntervalOf(options) : undefined,
  };
  const watched = topology.triggers.map(({ document }) => document);
  const documents = {
    database,
    clientId,
    collections,
    clock,
    grouping,
    watched,
    onChange: () => triggers.noteCommit(),
  };

  const store = createLocalDocumentStore(documents);
  const triggers = createLocalTriggers({
    ...port,
    clientId,
    triggers: topology.triggers,
    feed: createChangeFeed({ database, clientId }),
  });
  const bus = createLocalEventBus({ ...port, ids, subscriptions: topology.subscriptions });
  const queue = createLocalTaskQueue({ ...port, queues: topology.queues });
  const schedules = createLocalSchedules({ ...port, schedules: topology.schedules });
  const secrets = createLocalSecrets(options.secrets);
  const shared = {
    store,
    bus: bus.bus,
    tasks: queue.tasks,
    queues: queue.queues,
    clock,
    ids,
    secrets,
    operators: createLocalOperators({ role: options.devRole }),
    http,
    telemetry,
  };
  const pumps = [bus.pump, queue.pump, triggers.pump, schedules.pump, createExpirySweeper(documents)];

  return {
    portsFor: (functionName) => ({
      ...shared,
      identity: createLocalIdentity({ email: emailOf(functionAccount(functionName)), issuer }),
    }),
    pumps: isHost ? pumps : [],
    tokenAs: (account, audience) => issuer.tokenAs(emailOf(account), audience),
    deadTriggerEvents: (limit) => triggers.deadLetters(limit),
    async close() {
      for (const part of [store, bus, queue, triggers, schedules]) part.flush();
      database.close();
      lock?.release();
    },
  };
}

function pollIntervalOf({ isShared = false, pollForeignWorkMs }: LocalPlatformOptions): number | undefined {
  return isShared ? (pollForeignWorkMs ?? DEFAULT_POLL_MS) : pollForeignWorkMs;
}

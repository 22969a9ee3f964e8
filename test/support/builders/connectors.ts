import type {
  BatchReadResult,
  Connector,
  ConnectorCapabilities,
  CreateResult,
  EntityMapping,
  FindResult,
  IdPage,
  ReadBackResult,
  ReadResult,
  RemoveResult,
} from '#shared/connectors/connector.ts';
import { ABSENT } from '#shared/model/field-value.ts';
import type { NativeId } from '#shared/model/ids.ts';
import type { Representation } from '#shared/model/representation.ts';
import { CUSTOMER, HUBSPOT, PHONE } from './policies.ts';

/** One vendor call as a test may look at it. */
export interface Call {
  readonly action: 'read' | 'readMany' | 'listIds' | 'find' | 'update' | 'create' | 'remove' | 'readBack';
  readonly request: unknown;
}

/**
 * What a system answers; an error is thrown, and a function is called for the answer while the call is under way. A
 * list is answered one by one, its last entry for ever.
 */
export interface Answers {
  readonly read?: Answer<ReadResult>;
  readonly readMany?: Answer<ReadonlyMap<NativeId, BatchReadResult>>;
  readonly listIds?: Answer<IdPage>;
  readonly find?: Answer<FindResult>;
  readonly update?: Answer<Representation>;
  readonly create?: Answer<CreateResult>;
  readonly remove?: Answer<RemoveResult>;
  readonly readBack?: Answer<ReadBackResult>;
  readonly capabilities?: Partial<ConnectorCapabilities>;
}

type Said<T> = T | Error | (() => Promise<T>);
type Answer<T> = Said<T> | readonly Said<T>[];

/** A system that answers as it is told, and remembers what it was asked. */
export interface ScriptedConnector extends Connector {
  readonly calls: readonly Call[];
}

/** A mapping of customers with one field. */
const PHONE_MAPPING: EntityMapping = {
  type: CUSTOMER,
  object: 'contacts',
  fields: [{ path: PHONE, native: 'phone', from: () => ABSENT, to: () => null }],
  keys: () => [],
};

/** Creates a system with a clock of one second, whose late effects settle within a minute. */
export function aConnector(answers: Answers): ScriptedConnector {
  const calls: Call[] = [];
  const used = new Map<string, number>();
  const answer = async <T extends object>(
    action: Call['action'],
    given: Answer<T> | undefined,
    request: unknown,
  ): Promise<T> => {
    calls.push({ action, request });
    const list: readonly Said<T>[] = Array.isArray(given)
      ? given
      : given === undefined
        ? []
        : [given as Said<T>];
    const turn = used.get(action) ?? 0;
    used.set(action, turn + 1);
    const said = list[Math.min(turn, list.length - 1)];
    if (said === undefined) throw new Error(`Nobody expected the system to be asked to ${action}.`);
    if (said instanceof Error) throw said;
    return typeof said === 'function' ? said() : said;
  };
  return {
    calls,
    reader: {
      capabilities: {
        system: HUBSPOT,
        timeResolutionMs: 1_000,
        effectSettlesWithinMs: 60_000,
        overwrite: 'history',
        removal: 'archive',
        readBatchSize: 100,
        backgroundCallsPerMinute: 60,
        ...answers.capabilities,
      },
      mapping: () => PHONE_MAPPING,
      read: (type, nativeId) => answer('read', answers.read, { type, nativeId }),
      readMany: (type, nativeIds) => answer('readMany', answers.readMany, { type, nativeIds }),
      listIds: (type, after) => answer('listIds', answers.listIds, { type, after }),
      find: (request) => answer('find', answers.find, request),
    },
    writer: {
      update: (request) => answer('update', answers.update, request),
      create: (request) => answer('create', answers.create, request),
      remove: (request) => answer('remove', answers.remove, request),
      readBack: (type, nativeId, written, sent) =>
        answer('readBack', answers.readBack, { type, nativeId, written, sent }),
    },
    changes: {
      streams: {},
      list: () => Promise.reject(new Error('Nobody expected the system to be asked what changed.')),
    },
    prepare: async () => undefined,
  };
}

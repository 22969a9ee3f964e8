import { expect } from 'vitest';
import { type StoredValue, defineCollection, defineSubCollection } from '#shared/model/document.ts';
import type { DocumentStore, Query, Snapshot } from '#shared/ports/document-store.ts';
import type { ContractCase } from '../contract-case.ts';

/** A store over the declared test collections, empty, and the store of another client in the same database. */
export interface DocumentStoreUnderTest {
  readonly store: DocumentStore;
  readonly otherClient: DocumentStore;
  /** How many compete in a case about contention. Firestore locks, so keep it at 3 to 5 there. */
  readonly width: number;
  /** The time that `serverTime` takes, in epoch milliseconds. */
  now(): number;
  dispose(): Promise<void>;
}

export type OpenDocumentStore = () => Promise<DocumentStoreUnderTest>;

/** Any document; the cases try all sorts of fields. */
export interface Item {
  readonly [field: string]: StoredValue;
}

export const items = defineCollection<Item>({
  name: 'items',
  indexes: [
    {
      fields: [
        ['status', 'asc'],
        ['rank', 'desc'],
      ],
    },
    {
      fields: [
        ['color', 'asc'],
        ['status', 'asc'],
        ['size', 'asc'],
        ['name', 'desc'],
      ],
    },
    {
      fields: [
        ['color', 'asc'],
        ['rank', 'desc'],
      ],
    },
  ],
  unindexed: ['hidden', 'map.hidden'],
  ttlField: 'expiresAt',
  erasure: 'holds_none',
});

export const counters = defineCollection<Item>({
  name: 'counters',
  indexes: [],
  unindexed: [],
  ttlField: null,
  erasure: 'holds_none',
});

/** Lies below items and below counters. */
export const notes = defineSubCollection<Item>({
  name: 'notes',
  indexes: [
    { fields: [['kind', 'asc']] },
    {
      fields: [
        ['kind', 'asc'],
        ['at', 'asc'],
      ],
    },
  ],
  unindexed: [],
  ttlField: null,
  erasure: 'holds_none',
});

/** Every collection that the cases use. */
export const TEST_COLLECTIONS = [items, counters, notes] as const;

/** One promise of the store: opens a fresh one, and disposes of it whatever comes. */
export function storeCase(
  title: string,
  body: (under: DocumentStoreUnderTest) => Promise<void>,
): ContractCase<OpenDocumentStore> {
  return {
    title,
    async run(open) {
      const under = await open();
      try {
        await body(under);
      } finally {
        await under.dispose();
      }
    },
  };
}

/** Expects a refusal with this code; a synchronous throw counts as one. */
export async function expectRefusal(code: string, act: () => Promise<unknown>): Promise<void> {
  await expect((async () => act())()).rejects.toMatchObject({ code });
}

/** Writes items `a`, `b`, ... whatever the keys are. */
export async function putItems(
  store: DocumentStore,
  documents: Readonly<Record<string, Item>>,
): Promise<void> {
  await store.commit(
    Object.entries(documents).map(([id, value]) => ({ op: 'set', ref: items.at(id), value })),
  );
}

/** Ids, in order, of what a query over items finds. */
export async function idsOf(
  store: DocumentStore,
  query: Omit<Query<Item>, 'from' | 'limit'>,
  limit = 1_000,
): Promise<string[]> {
  const found = await store.query({ from: items.ref, limit, ...query });
  return found.map(idOf);
}

export function idOf({ ref }: Snapshot<object>): string {
  return ref.path.slice(ref.path.lastIndexOf('/') + 1);
}

/** The values of competitors that won, in no particular order. */
export async function winners<T>(competitors: readonly Promise<T>[]): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(competitors);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

export function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

import { expect } from 'vitest';
import { decodeDocumentEvent } from '#shared/messaging/document-event.ts';
import type { Clock } from '#shared/ports/clock.ts';
import type { Delivery } from '#shared/ports/delivery.ts';
import type { Identity } from '#shared/ports/identity.ts';
import type { TriggerTopology } from '#shared/ports/topology.ts';
import type { Answering } from '#test/support/delivery-recorder.ts';
import type { ContractCase } from './contract-case.ts';

/** A database with document triggers, a receiver behind them and time in the test's hand. */
export interface TriggersUnderTest {
  readonly clock: Clock;
  readonly received: readonly Delivery[];
  answerWith(answering: Answering): void;
  /** Writes a whole document, or deletes it. The path is inside the client's scope. */
  write(
    path: string,
    fields: Readonly<Record<string, string | number | boolean | null | Date>> | null,
  ): Promise<void>;
  /** Moves time on and lets everything that becomes due on the way be delivered. */
  advance(byMs: number): Promise<void>;
  /** Ends the process without notice and starts it again over the same state. */
  restart(): Promise<void>;
  /** Number of events that were given up. */
  deadLetters(): number;
  readonly identity: Identity;
  audienceOf(functionName: string): string;
  close(): Promise<void>;
}

export type OpenTriggers = (triggers: readonly TriggerTopology[]) => Promise<TriggersUnderTest>;

const crosswalks: TriggerTopology = {
  name: 'crosswalk-written',
  target: 'change-reactor',
  path: '/crosswalks',
  document: 'crosswalks/{id}',
  maxDeliveryAttempts: 4,
  minBackoffMs: 10_000,
  maxBackoffMs: 20_000,
};
const history: TriggerTopology = {
  ...crosswalks,
  name: 'history-created',
  document: 'records/{id}/history/{seq}',
  event: 'created',
};

const MINUTE_MS = 60_000;

/** The answer of a process that ends instead. */
const DYING = new Promise<number>(() => undefined);

function triggerCase(
  title: string,
  check: (under: TriggersUnderTest) => Promise<void>,
): ContractCase<OpenTriggers> {
  return {
    title,
    async run(open) {
      const under = await open([crosswalks, history]);
      try {
        await check(under);
      } finally {
        await under.close();
      }
    },
  };
}

function idsOf(deliveries: readonly Delivery[]): readonly (string | undefined)[] {
  return deliveries.map(({ headers }) => headers['ce-document']?.split('/').at(-1));
}

function eventOf(delivery: Delivery | undefined): ReturnType<typeof decodeDocumentEvent> {
  return decodeDocumentEvent(delivery?.body ?? new Uint8Array(0));
}

/** What document triggers promise. */
export const triggersContract: readonly ContractCase<OpenTriggers>[] = [
  triggerCase('a created document arrives as a binary CloudEvent with its fields', async (under) => {
    const at = new Date('2026-01-05T08:00:00.250Z');
    await under.write('crosswalks/hubspot:customer:501', {
      recordId: 'rec_1',
      seen: 3,
      share: 0.5,
      ok: true,
      gone: null,
      at,
    });

    await under.advance(0);

    expect(under.received).toHaveLength(1);
    const [delivery] = under.received;
    expect(delivery).toMatchObject({ target: 'change-reactor', method: 'POST', path: '/crosswalks' });
    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/protobuf',
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.firestore.document.v1.written',
    });
    const document = delivery?.headers['ce-document'] ?? '';
    expect(document).toMatch(/^clients\/[^/]+\/crosswalks\/hubspot:customer:501$/);
    expect(delivery?.headers['ce-subject']).toBe(`documents/${document}`);
    expect(delivery?.headers['ce-source']).toMatch(
      /^\/\/firestore\.googleapis\.com\/projects\/[^/]+\/databases\/[^/]+$/,
    );
    expect(Date.parse(delivery?.headers['ce-time'] ?? '')).not.toBeNaN();
    const event = eventOf(delivery);
    expect(event.value?.fields).toEqual({ recordId: 'rec_1', seen: 3, share: 0.5, ok: true, gone: null, at });
    expect(event.value?.name.endsWith(`/documents/${document}`)).toBe(true);
    expect(event).not.toHaveProperty('oldValue');
  }),

  triggerCase('an update carries both states and the paths that changed', async (under) => {
    await under.write('crosswalks/a', { recordId: 'rec_1', state: 'active' });
    await under.advance(0);
    await under.write('crosswalks/a', { recordId: 'rec_2', state: 'active' });

    await under.advance(0);

    const event = eventOf(under.received[1]);
    expect(event.oldValue?.fields).toEqual({ recordId: 'rec_1', state: 'active' });
    expect(event.value?.fields).toEqual({ recordId: 'rec_2', state: 'active' });
    expect(event.updateMask).toEqual(['recordId']);
  }),

  triggerCase('a delete carries only the old state', async (under) => {
    await under.write('crosswalks/a', { recordId: 'rec_1' });
    await under.advance(0);
    await under.write('crosswalks/a', null);

    await under.advance(0);

    const event = eventOf(under.received[1]);
    expect(event).not.toHaveProperty('value');
    expect(event.oldValue?.fields).toEqual({ recordId: 'rec_1' });
  }),

  triggerCase('a write that changes nothing fires nothing', async (under) => {
    await under.write('crosswalks/a', { recordId: 'rec_1' });
    await under.advance(0);

    await under.write('crosswalks/a', { recordId: 'rec_1' });
    await under.advance(MINUTE_MS);

    expect(under.received).toHaveLength(1);
  }),

  triggerCase('a document outside the pattern fires nothing', async (under) => {
    await under.write('signals/a', { n: 1 });
    await under.write('crosswalks/a/parts/1', { n: 1 });

    await under.advance(MINUTE_MS);

    expect(under.received).toHaveLength(0);
  }),

  triggerCase('a trigger on creation is silent about updates and deletes', async (under) => {
    await under.write('records/rec_1/history/7', { n: 1 });
    await under.write('records/rec_1/history/7', { n: 2 });
    await under.write('records/rec_1/history/7', null);

    await under.advance(MINUTE_MS);

    expect(under.received.map(({ headers }) => headers['ce-type'])).toEqual([
      'google.cloud.firestore.document.v1.created',
    ]);
  }),

  triggerCase('every change of a document fires, not only its last state', async (under) => {
    for (let n = 0; n < 5; n += 1) await under.write('crosswalks/a', { n });

    await under.advance(0);

    const states = under.received.map((delivery) => eventOf(delivery).value?.fields['n']);
    expect(states.toSorted()).toEqual([0, 1, 2, 3, 4]);
  }),

  triggerCase('a refused event comes again after its backoff with the same id', async (under) => {
    under.answerWith((_delivery, nth) => (nth === 1 ? 503 : 200));
    await under.write('crosswalks/a', { n: 1 });
    await under.write('crosswalks/b', { n: 1 });

    await under.advance(9_999);
    expect(under.received).toHaveLength(2);
    await under.advance(1);

    const ids = under.received.map(({ headers }) => headers['ce-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(2);
    expect(ids[2]).toBe(ids[0]);
  }),

  triggerCase('an event refused too often is kept apart and not tried again', async (under) => {
    under.answerWith(() => 500);
    await under.write('crosswalks/a', { n: 1 });

    await under.advance(10 * MINUTE_MS);

    expect(under.received).toHaveLength(4);
    expect(under.deadLetters()).toBe(1);
  }),

  triggerCase(
    'an event whose delivery ends the process every time is kept apart in the end',
    async (under) => {
      under.answerWith((delivery) => (idsOf([delivery])[0] === 'deadly' ? DYING : 200));
      await under.write('crosswalks/deadly', { n: 1 });

      for (let life = 0; life < 2 * crosswalks.maxDeliveryAttempts; life += 1) {
        await under.restart();
        await under.write(`crosswalks/life-${life}`, { n: 1 });
        void under.advance(0);
        await expect.poll(() => idsOf(under.received)).toContain(`life-${life}`);
      }

      const attempts = idsOf(under.received).filter((id) => id === 'deadly').length;
      expect(attempts).toBeGreaterThanOrEqual(crosswalks.maxDeliveryAttempts);
      expect(attempts).toBeLessThan(2 * crosswalks.maxDeliveryAttempts);
      expect(under.deadLetters()).toBe(1);
    },
  ),

  triggerCase('an event shows a token for the receiving function', async (under) => {
    await under.write('crosswalks/a', { n: 1 });

    await under.advance(0);

    const token = under.received[0]?.headers['authorization']?.replace('Bearer ', '') ?? '';
    await expect(under.identity.verify(token, under.audienceOf('change-reactor'))).resolves.toMatchObject({});
  }),

  triggerCase(
    'a change survives the end of the process, before and after it was turned into deliveries',
    async (under) => {
      under.answerWith(() => 500);
      await under.write('crosswalks/a', { n: 1 });
      await under.advance(0);
      await under.write('crosswalks/b', { n: 1 });

      under.answerWith(() => 200);
      await under.restart();
      await under.advance(MINUTE_MS);

      const documents = under.received.map(({ headers }) => headers['ce-document']?.split('/').at(-1));
      expect(documents.toSorted()).toEqual(['a', 'a', 'b']);
    },
  ),
];

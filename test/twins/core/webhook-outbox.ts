import type { HttpRequest } from '#shared/ports/http.ts';
import type { PumpReport } from '#shared/ports/pump.ts';

import type { FaultBook } from './faults.ts';
import type { StatsCounter } from './stats.ts';
import type { WebhookTarget } from './twin.ts';

/** How one vendor packs and repeats its webhooks. */
export interface WebhookStyle<Event> {
  /** Events in one delivery at most. */
  readonly batchSize: number;
  /** Milliseconds until attempt `attempt` (1 is the first retry), or null when the vendor gives up. */
  readonly retryDelayMs: (attempt: number) => number | null;
  /** What the `path` of a webhook fault is matched against. */
  readonly topicOf: (event: Event) => string;
  readonly arrange: (events: readonly Event[]) => readonly Event[];
  readonly toRequest: (
    events: readonly Event[],
    attempt: number,
    target: WebhookTarget,
    now: number,
  ) => HttpRequest;
}

/** The vendor's own queue of webhooks. It survives nothing: a lost twin loses them. */
export interface WebhookOutbox<Event> {
  push(event: Event, dueAt: number): void;
  runOnce(now: number): Promise<PumpReport>;
  pending(): number;
  clear(): void;
}

export interface WebhookOutboxOptions<Event> {
  readonly style: WebhookStyle<Event>;
  readonly target: WebhookTarget | null;
  /** Instead of the style's own delays: milliseconds until each retry. */
  readonly retryScheduleMs?: readonly number[] | undefined;
  readonly faults: FaultBook;
  readonly stats: StatsCounter;
}

interface Waiting<Event> {
  readonly event: Event;
  readonly dueAt: number;
  /** A repeat travels in a delivery of its own, marked as a later attempt. */
  readonly attempt: number;
}

interface Delivery<Event> {
  readonly events: readonly Event[];
  readonly attempt: number;
  readonly dueAt: number;
}

/** Creates an empty outbox. */
export function createWebhookOutbox<Event>(options: WebhookOutboxOptions<Event>): WebhookOutbox<Event> {
  const { style, target, retryScheduleMs, faults, stats } = options;
  let waiting: Waiting<Event>[] = [];
  let deliveries: Delivery<Event>[] = [];
  /** Taken by a turn and not answered yet. */
  const underWay = new Set<Delivery<Event>>();
  let running: Promise<PumpReport> | null = null;
  let generation = 0;

  function retryDelayMs(attempt: number): number | null {
    return retryScheduleMs === undefined
      ? style.retryDelayMs(attempt)
      : (retryScheduleMs[attempt - 1] ?? null);
  }

  function pack(now: number): void {
    const due = waiting.filter((item) => item.dueAt <= now);
    if (due.length === 0) return;
    waiting = waiting.filter((item) => item.dueAt > now);
    for (const attempt of new Set(due.map((item) => item.attempt))) {
      const events = style.arrange(due.filter((item) => item.attempt === attempt).map((item) => item.event));
      for (let start = 0; start < events.length; start += style.batchSize) {
        deliveries.push({ events: events.slice(start, start + style.batchSize), attempt, dueAt: now });
      }
    }
  }

  async function attemptOne(
    delivery: Delivery<Event>,
    to: WebhookTarget,
    now: number,
    born: number,
  ): Promise<void> {
    stats.webhook('sent');
    const arrived = await to.send(style.toRequest(delivery.events, delivery.attempt, to, now)).then(
      ({ status }) => status >= 200 && status < 300,
      () => false,
    );
    underWay.delete(delivery);
    stats.webhook(arrived ? 'delivered' : 'failed');
    if (arrived || born !== generation) return;
    const delayMs = retryDelayMs(delivery.attempt + 1);
    if (delayMs === null) stats.webhook('lost');
    else deliveries.push({ ...delivery, attempt: delivery.attempt + 1, dueAt: now + delayMs });
  }

  async function turn(now: number, to: WebhookTarget): Promise<PumpReport> {
    pack(now);
    const due = deliveries.filter((delivery) => delivery.dueAt <= now).toSorted((a, b) => a.dueAt - b.dueAt);
    deliveries = deliveries.filter((delivery) => delivery.dueAt > now);
    for (const delivery of due) underWay.add(delivery);
    const born = generation;
    const lanes = Math.max(1, to.concurrency ?? 1);
    for (let start = 0; start < due.length; start += lanes) {
      // A reset meanwhile takes back what has not been sent.
      if (born !== generation) break;
      await Promise.all(
        due.slice(start, start + lanes).map((delivery) => attemptOne(delivery, to, now, born)),
      );
    }
    return { delivered: due.length, nextDueAt: nextDueAt() };
  }

  function nextDueAt(): number | null {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { dueAt } of waiting) earliest = Math.min(earliest, dueAt);
    for (const { dueAt } of deliveries) earliest = Math.min(earliest, dueAt);
    return Number.isFinite(earliest) ? earliest : null;
  }

  return {
    push(event, dueAt) {
      if (target === null) return;
      const topic = style.topicOf(event);
      if (faults.draw(['drop-webhook'], topic) !== null) {
        stats.webhook('dropped');
        return;
      }
      const heldMs = faults.draw(['reorder-webhook', 'stale-webhook'], topic)?.ms ?? 0;
      waiting.push({ event, dueAt: dueAt + heldMs, attempt: 0 });
      const twice = faults.draw(['duplicate-webhook'], topic);
      if (twice !== null) waiting.push({ event, dueAt: dueAt + heldMs + twice.ms, attempt: 1 });
    },
    async runOnce(now) {
      if (target === null) return { delivered: 0, nextDueAt: null };
      if (running !== null) {
        await running;
        return { delivered: 0, nextDueAt: nextDueAt() };
      }
      running = turn(now, target).finally(() => {
        running = null;
      });
      return running;
    },
    pending: () => waiting.length + deliveries.length + underWay.size,
    clear() {
      generation += 1;
      waiting = [];
      deliveries = [];
      underWay.clear();
    },
  };
}

/** What `GET /_twin/stats` shows. */
export interface TwinStats {
  /** API calls per endpoint, ids replaced: `GET /crm/objects/2026-09/contacts/{id}`, `mutation customerUpdate`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly total: number;
  /** Answers that said "too many requests": 429s, or GraphQL answers with `THROTTLED`. */
  readonly rateLimited: number;
  readonly webhooks: {
    /** Attempts, retries included. */
    readonly sent: number;
    readonly delivered: number;
    readonly failed: number;
    /** Never sent, because a fault dropped them. */
    readonly dropped: number;
    /** Given up after the last retry. */
    readonly lost: number;
    readonly pending: number;
  };
}

/** Counts what a twin did. */
export interface StatsCounter {
  call(endpoint: string): void;
  rateLimited(): void;
  webhook(what: 'sent' | 'delivered' | 'failed' | 'dropped' | 'lost'): void;
  read(pending: number): TwinStats;
  clear(): void;
}

/** Creates counters at zero. */
export function createStats(): StatsCounter {
  const calls = new Map<string, number>();
  let limited = 0;
  let webhooks = { sent: 0, delivered: 0, failed: 0, dropped: 0, lost: 0 };
  return {
    call(endpoint) {
      calls.set(endpoint, (calls.get(endpoint) ?? 0) + 1);
    },
    rateLimited() {
      limited += 1;
    },
    webhook(what) {
      webhooks = { ...webhooks, [what]: webhooks[what] + 1 };
    },
    read: (pending) => ({
      calls: Object.fromEntries(calls),
      total: [...calls.values()].reduce((sum, count) => sum + count, 0),
      rateLimited: limited,
      webhooks: { ...webhooks, pending },
    }),
    clear() {
      calls.clear();
      limited = 0;
      webhooks = { sent: 0, delivered: 0, failed: 0, dropped: 0, lost: 0 };
    },
  };
}

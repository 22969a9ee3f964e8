import { jsonAnswer, type Answer } from '../core/answer.ts';

/**
 * HubSpot's limits of one account and app; the defaults are those of a Professional account.
 * Source: developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export interface HubspotLimits {
  /** Calls in any 10 seconds. @default 190 */
  readonly perTenSeconds: number;
  /** Searches in any second. @default 5 */
  readonly searchesPerSecond: number;
  /** Calls in a day (UTC), or null for an OAuth app, which has no such limit. @default 625000 */
  readonly perDay: number | null;
}

export type PolicyName = 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY';

/** Counts calls against the limits. */
export interface RateLimiter {
  /** Counts a call; names the limit that refuses it, which then does not count. */
  take(isSearch: boolean): PolicyName | null;
  headers(isSearch: boolean): Readonly<Record<string, string>>;
  refusal(policy: PolicyName, isSearch: boolean, correlationId: string): Answer;
  clear(): void;
}

const INTERVAL_MS = 10_000;
const DAY_MS = 86_400_000;

/** Creates the counters of one app in one account. */
export function createRateLimiter(limits: HubspotLimits, now: () => number): RateLimiter {
  let calls: number[] = [];
  let searches: number[] = [];
  let day = { number: -1, used: 0 };

  function roll(): void {
    const at = now();
    calls = calls.filter((time) => time > at - INTERVAL_MS);
    searches = searches.filter((time) => time > at - 1_000);
    const number = Math.floor(at / DAY_MS);
    if (number !== day.number) day = { number, used: 0 };
  }

  function headers(isSearch: boolean): Readonly<Record<string, string>> {
    // Search answers carry none of them.
    if (isSearch) return {};
    roll();
    return {
      'x-hubspot-ratelimit-max': String(limits.perTenSeconds),
      'x-hubspot-ratelimit-remaining': String(Math.max(0, limits.perTenSeconds - calls.length)),
      'x-hubspot-ratelimit-interval-milliseconds': String(INTERVAL_MS),
      ...(limits.perDay === null
        ? {}
        : {
            'x-hubspot-ratelimit-daily': String(limits.perDay),
            'x-hubspot-ratelimit-daily-remaining': String(Math.max(0, limits.perDay - day.used)),
          }),
    };
  }

  return {
    take(isSearch) {
      roll();
      if (limits.perDay !== null && day.used >= limits.perDay) return 'DAILY';
      if (isSearch && searches.length >= limits.searchesPerSecond) return 'SECONDLY';
      if (!isSearch && calls.length >= limits.perTenSeconds) return 'TEN_SECONDLY_ROLLING';
      (isSearch ? searches : calls).push(now());
      day = { ...day, used: day.used + 1 };
      return null;
    },
    headers,
    refusal(policy, isSearch, correlationId) {
      const period = { TEN_SECONDLY_ROLLING: 'ten_secondly_rolling', SECONDLY: 'secondly', DAILY: 'daily' }[
        policy
      ];
      const content = {
        status: 'error',
        message: `You have reached your ${period} limit.`,
        errorType: 'RATE_LIMIT',
        correlationId,
        policyName: policy,
        requestId: correlationId,
      };
      const remaining = policy === 'TEN_SECONDLY_ROLLING' ? { 'x-hubspot-ratelimit-remaining': '0' } : {};
      const own = isSearch ? {} : { ...headers(false), ...remaining };
      return { ...jsonAnswer(429, content, { headers: own }), rateLimited: true };
    },
    clear() {
      calls = [];
      searches = [];
      day = { number: -1, used: 0 };
    },
  };
}

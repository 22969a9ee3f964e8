/** What the `cost` extension tells of the bucket. */
export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** Shopify's bucket of points, per app and shop. */
export interface LeakyBucket {
  status(): ThrottleStatus;
  take(points: number): void;
  refill(): void;
}

/** Creates a full bucket that fills by `restoreRate` points a second. */
export function createLeakyBucket(
  limits: { readonly maximum: number; readonly restoreRate: number },
  now: () => number,
): LeakyBucket {
  let available = limits.maximum;
  let filledAt = now();

  function roll(): void {
    const at = now();
    available = Math.min(limits.maximum, available + ((at - filledAt) / 1_000) * limits.restoreRate);
    filledAt = at;
  }

  return {
    status() {
      roll();
      return {
        maximumAvailable: limits.maximum,
        currentlyAvailable: Math.floor(available),
        restoreRate: limits.restoreRate,
      };
    },
    take(points) {
      roll();
      available = Math.max(0, available - points);
    },
    refill() {
      available = limits.maximum;
      filledAt = now();
    },
  };
}

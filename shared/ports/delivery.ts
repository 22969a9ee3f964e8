/**
 * One internal call as it would arrive over HTTP: a pushed message, a task, a schedule tick or a
 * Firestore trigger. The platform composes the exact headers and bytes that Google's would have.
 */
export interface Delivery {
  /** Function that receives it. */
  readonly target: string;
  readonly method: 'POST';
  /** Path below the function's URL, `/` when the trigger names none. */
  readonly path: string;
  /** Lower-case names. Carries `authorization: Bearer <identity token>`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface DeliveryAnswer {
  readonly status: number;
}

/** Hands a delivery to a function: a direct call into its entry, or a request to its process. */
export type Deliver = (delivery: Delivery) => Promise<DeliveryAnswer>;

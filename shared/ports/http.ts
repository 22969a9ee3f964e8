/** One outgoing call to a vendor. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds from the start until the answer's last byte. */
  readonly timeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. Repeated headers are joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The only way to a vendor; the vendors' SDKs go through it too.
 *
 * @throws ConcordError `vendor_unreachable` with effect `none` when the request was certainly not sent;
 *   `vendor_timeout` or `vendor_unavailable` with effect `unknown` when it may have arrived; `vendor_protocol`
 *   with effect `unknown` when the answer is too large or compressed without being asked.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}

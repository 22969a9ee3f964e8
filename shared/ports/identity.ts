export interface Caller {
  /** Service account: `fn-orchestrator@...` locally and in the cloud. */
  readonly email: string;
}

/** Issues and verifies the tokens of internal calls. */
export interface Identity {
  /** A token that proves who calls, for one audience (the receiving function's URL). */
  token(audience: string): Promise<string>;
  /**
   * Checks signature, issuer, audience and expiry.
   * @throws ConcordError `unauthenticated`.
   */
  verify(token: string, audience: string): Promise<Caller>;
}

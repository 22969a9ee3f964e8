import type { SourceEvent } from '#shared/model/source-event.ts';
import type { SystemId } from '#shared/model/ids.ts';

/** A delivery exactly as it arrived. */
export interface WebhookRequest {
  readonly method: string;
  /** The configured public URL of this endpoint, never one rebuilt from request headers. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Uint8Array;
}

export type SignatureResult =
  | { readonly status: 'valid' }
  | {
      readonly status: 'refused';
      readonly reason:
        | 'missing_signature'
        | 'wrong_signature'
        | 'missing_timestamp'
        | 'malformed_timestamp'
        | 'stale'
        | 'future';
    };

/** A vendor's webhook format. Pure apart from hashing; needs no SDK, so ingest starts fast. */
export interface WebhookFormat {
  readonly system: SystemId;
  /** Name of the secret that signs deliveries. */
  readonly secretName: string;
  /** Checks the signature over the raw bytes against any of the secrets. */
  verify(request: WebhookRequest, secrets: readonly string[], nowMs: number): SignatureResult;
  /** Groups a delivery by object. Never throws: what cannot be read comes back as `invalid`. */
  parse(request: WebhookRequest, nowMs: number): readonly SourceEvent[];
}

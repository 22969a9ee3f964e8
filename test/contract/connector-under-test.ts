import type { Connector } from '#shared/connectors/connector.ts';
import type { EntityType, NativeId } from '#shared/model/ids.ts';
import type { Http } from '#shared/ports/http.ts';
import type { TwinControl } from '#test/twins/index.ts';

/** What a person types into a vendor's own UI, under canonical names. */
export interface TypedFields {
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly note?: string;
}

export interface ConnectorUnderTest {
  readonly connector: Connector;
  readonly type: EntityType;
  readonly control: TwinControl;
  /** A person's acts at the vendor. */
  typeIn(fields: TypedFields): Promise<NativeId>;
  edit(nativeId: NativeId, fields: TypedFields): Promise<void>;
  remove(nativeId: NativeId): Promise<void>;
  /** Takes it out of the recycle bin; false where the vendor has none. */
  restore(nativeId: NativeId): Promise<boolean>;
  /** Merges the second into the first. */
  merge(winner: NativeId, loser: NativeId): Promise<void>;
  /** Our clock; vendor calls make it pass. */
  now(): number;
  advance(ms: number): void;
  /** Requests that left the connector so far. */
  sent(): number;
}

export interface OpenOptions {
  /** Puts something between connector and vendor. */
  readonly through?: (http: Http) => Http;
  /** @default the one the vendor expects */
  readonly accessToken?: string;
}

/** Deadline of one call in every case. */
export const CALL_TIMEOUT_MS = 4_000;

/** Opens a prepared connector to an empty vendor. */
export type OpenConnector = (options?: OpenOptions) => Promise<ConnectorUnderTest>;

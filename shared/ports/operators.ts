import type { Role } from '#shared/model/capabilities.ts';

/** A person who uses the console. */
export interface Operator {
  /** The same for the same person for ever, never given to another. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

/** Tells who sent a request of the console. */
export interface Operators {
  /**
   * The person behind a request, by its headers alone. Null when nobody can be told: the request is refused then.
   *
   * @param headers names in lower case.
   */
  identify(headers: Readonly<Record<string, string | undefined>>): Promise<Operator | null>;
  /**
   * The network address that the request came from, as far as the platform vouches for it: what a caller writes into
   * `X-Forwarded-For` counts for nothing. Null when it cannot be told.
   */
  sourceAddress(headers: Readonly<Record<string, string | undefined>>): string | null;
}

/** The global id of an object: `gid://shopify/Customer/9007199254742017`. */
export function toGid(type: string, id: string): string {
  return `gid://shopify/${type}/${id}`;
}

/** The digits of a global id of that type, or null when it is none. */
export function digitsOf(type: string, gid: string): string | null {
  const prefix = `gid://shopify/${type}/`;
  const digits = gid.startsWith(prefix) ? gid.slice(prefix.length) : '';
  return /^\d+$/.test(digits) ? digits : null;
}

/** Whether a text is a global id of any type. */
export function isGid(text: string): boolean {
  return /^gid:\/\/shopify\/[A-Za-z]+\/[^\s/]+$/.test(text);
}

/**
 * Hands out ids beyond 2^53. They are odd, so that no double holds them: a client that reads one as a number
 * ends up with another id.
 */
export function createIdSource(first: bigint): {
  next(): string;
  reserve(id: string): void;
  restart(): void;
} {
  const step = 32_768n;
  let next = first;
  return {
    next() {
      const id = String(next);
      next += step;
      return id;
    },
    reserve(id) {
      if (BigInt(id) >= next) next = BigInt(id) + step + (BigInt(id) % 2n === 0n ? 1n : 0n);
    },
    restart() {
      next = first;
    },
  };
}

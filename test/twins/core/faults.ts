import { z } from 'zod';

/** What a twin can be told to do wrong. Names are part of the control contract. */
export const FAULT_KINDS = [
  '429',
  '500',
  'timeout',
  'timeout-after-effect',
  'slow',
  'search-lag',
  'drop-webhook',
  'duplicate-webhook',
  'reorder-webhook',
  'stale-webhook',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How long a fault lasts that does not say so. */
const DEFAULT_MS: Readonly<Partial<Record<FaultKind, number>>> = {
  slow: 10_000,
  'search-lag': 5_000,
  'reorder-webhook': 30_000,
  'stale-webhook': 600_000,
};

const FaultFieldsSchema = z.strictObject({
  /** Statuses may also come as numbers. */
  kind: z.literal([...FAULT_KINDS, 429, 500]).transform((kind) => String(kind) as FaultKind),
  /** Share of the matching requests, searches or webhooks that it hits. */
  rate: z.number().min(0).max(1).default(1),
  /** How many it hits before it ends; left out: no end. */
  count: z.number().int().positive().optional(),
  /** Text that `METHOD /path`, the mutation or query name, or the webhook topic must contain. */
  path: z.string().min(1).optional(),
  /**
   * Milliseconds. `slow`: extra delay. `timeout-after-effect`: how long after the request the effect takes
   * place. `search-lag`: the lag. `reorder-webhook`, `stale-webhook`: how long one is held back.
   * `duplicate-webhook`: how much later the second one comes.
   */
  ms: z.number().int().nonnegative().optional(),
});

/** A fault as the control side takes it, and as it is in force: with its duration. */
export const FaultSchema = FaultFieldsSchema.transform((fault) => ({
  ...fault,
  ms: fault.ms ?? DEFAULT_MS[fault.kind] ?? 0,
}));
export type FaultInput = z.input<typeof FaultSchema>;
export type Fault = z.output<typeof FaultSchema> & { readonly id: number };

/** The faults in force. */
export interface FaultBook {
  add(fault: z.output<typeof FaultSchema>): Fault;
  list(): readonly Fault[];
  clear(): void;
  /** Takes one hit of the first fault of these kinds that matches and is drawn; null when none is. */
  draw(kinds: readonly FaultKind[], label: string): Fault | null;
}

/** Creates an empty book; `random` decides rates. */
export function createFaultBook(random: () => number): FaultBook {
  let faults: { fault: Fault; left: number }[] = [];
  let nextId = 1;
  const matches = (fault: Fault, label: string): boolean =>
    fault.path === undefined || label.includes(fault.path);

  return {
    add(input) {
      const fault = { ...input, id: nextId };
      nextId += 1;
      faults.push({ fault, left: input.count ?? Number.POSITIVE_INFINITY });
      return fault;
    },
    list: () => faults.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, count: left } : fault)),
    clear() {
      faults = [];
    },
    draw(kinds, label) {
      for (const entry of faults) {
        const { fault } = entry;
        if (!kinds.includes(fault.kind) || !matches(fault, label) || random() >= fault.rate) continue;
        entry.left -= 1;
        if (entry.left <= 0) faults = faults.filter((other) => other !== entry);
        return fault;
      }
      return null;
    },
  };
}

/** What the test tells a mesh process. */
export type MeshOrder = { readonly kind: 'run' } | { readonly kind: 'look' };

/** What the mesh still has to do. */
export interface Owed {
  /** Events that were taken from a vendor and have marked no record yet. */
  readonly messages: number;
  readonly debts: number;
  readonly openRuns: number;
  readonly leases: number;
  readonly quarantined: number;
}

/** What a process finds that those before it were killed over. */
export interface Inherited {
  /** Records that owe something. */
  readonly debts: number;
  /** Invocations that held a lease, so that they had a call to a vendor under way. */
  readonly cutOff: readonly string[];
}

export type MeshAnswer =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'running'; readonly inherited: Inherited }
  | { readonly kind: 'owed'; readonly owed: Owed };

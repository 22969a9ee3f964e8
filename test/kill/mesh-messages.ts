/** What the test tells a mesh process. */
export type MeshOrder = { readonly kind: 'run' } | { readonly kind: 'look' };

/** What the mesh still has to do. */
export interface Owed {
  readonly debts: number;
  readonly openRuns: number;
  readonly leases: number;
  readonly quarantined: number;
}

export type MeshAnswer =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'running' }
  | { readonly kind: 'owed'; readonly owed: Owed };

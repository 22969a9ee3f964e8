/** Tells whoever hosts a pump that something new may be due. */
export class WorkSignal {
  readonly #listeners = new Set<() => void>();

  readonly on = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly raise = (): void => {
    for (const listener of this.#listeners) listener();
  };
}

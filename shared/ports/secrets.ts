/** Reads secrets by name. Values never enter logs, errors or documents (M14). */
export interface Secrets {
  /**
   * All versions that are valid now, newest first: during a rotation the vendor may still sign with the old one.
   * @throws ConcordError `invalid_configuration` when there is none.
   */
  versions(name: string): Promise<readonly string[]>;
}

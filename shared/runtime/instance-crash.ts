/**
 * Recognises the planted death of an instance (the embedded platform's chaos switch). It is matched by
 * name, because production code does not load that platform.
 */
export function isInstanceCrash(error: unknown): boolean {
  return error instanceof Error && error.name === 'InstanceCrash';
}

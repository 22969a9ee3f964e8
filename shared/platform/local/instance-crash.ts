/**
 * The planted death of an instance. It is no `ConcordError`, because no code may handle it: whoever catches
 * errors broadly lets this one through. Entries recognise it by its name.
 */
export class InstanceCrash extends Error {
  constructor(functionName: string) {
    super(`The instance of ${functionName} was made to crash.`);
    this.name = 'InstanceCrash';
  }
}

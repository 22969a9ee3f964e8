/** What led to a change, so that a chain of them can be followed back. */
export interface Cause {
  /**
   * `event`: a stored event, by its key. `observation`: a read alone, by what was seen. `run`: our own write, by the
   * run. `match`: the natural keys that agreed. `verdict`: the cause code of a comparison. `plan`: what an operator
   * decided, by the plan.
   */
  readonly kind: 'event' | 'observation' | 'run' | 'match' | 'verdict' | 'plan';
  readonly id: string;
}

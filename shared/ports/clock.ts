/** Our own time: leases, `wakeAt`, schedules. Vendor event time never comes from here. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

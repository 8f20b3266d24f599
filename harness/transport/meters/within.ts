/** A link whose requests all end when a signal says so. One poll at a time. */
export interface Bounded {
  within<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T>
  /** Ends sessions that are open; never throws. */
  close(): Promise<void>
}

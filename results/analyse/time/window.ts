/** A stretch of a host's time, CLOCK_BOOTTIME µs; `to` is not part of it. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** Length that an interval and a window have in common, µs. */
export const overlap = (w: Window, from: number, to: number): number =>
  Math.max(0, Math.min(w.to, to) - Math.max(w.from, from))

export const secondsOf = (w: Window): number => (w.to - w.from) / 1e6

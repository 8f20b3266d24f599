/** Branded numbers: a name carries its unit unless its type does. All stay below 2^53. */

/** µs since the Unix epoch, since boot, or a duration; a safe integer until the year 2255. Nanoseconds appear only as text towards InfluxDB. */
export type Micros = number & { readonly __unit: 'µs' }
/** Integer microjoules, as powercap counters give them. */
export type Microjoules = number & { readonly __unit: 'µJ' }
export type Joules = number & { readonly __unit: 'J' }
export type Watts = number & { readonly __unit: 'W' }
export type Seconds = number & { readonly __unit: 's' }
export type Bytes = number & { readonly __unit: 'B' }
/** Readings per second. */
export type Hertz = number & { readonly __unit: 'Hz' }

export const micros = (n: number): Micros => n as Micros
export const microjoules = (n: number): Microjoules => n as Microjoules
export const joules = (n: number): Joules => n as Joules
export const watts = (n: number): Watts => n as Watts
export const seconds = (n: number): Seconds => n as Seconds
export const bytes = (n: number): Bytes => n as Bytes
export const hertz = (n: number): Hertz => n as Hertz

export const MICROS_PER_SECOND = 1_000_000
export const toSeconds = (t: Micros): Seconds => (t / MICROS_PER_SECOND) as Seconds
export const toMicros = (s: number): Micros => Math.round(s * MICROS_PER_SECOND) as Micros

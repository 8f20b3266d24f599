/** Branded numbers: a name carries its unit unless its type does. All stay below 2^53. */

/** µs since the Unix epoch, since boot, or a duration; a safe integer until the year 2255. Nanoseconds appear only as text towards InfluxDB. */
export type Micros = number & { readonly __unit: 'µs' }
export type Seconds = number & { readonly __unit: 's' }
export type Bytes = number & { readonly __unit: 'B' }
/** Readings per second. */
export type Hertz = number & { readonly __unit: 'Hz' }

export const micros = (n: number): Micros => n as Micros
export const seconds = (n: number): Seconds => n as Seconds
export const bytes = (n: number): Bytes => n as Bytes
export const hertz = (n: number): Hertz => n as Hertz

export const MICROS_PER_SECOND = 1_000_000
export const toMicros = (s: number): Micros => Math.round(s * MICROS_PER_SECOND) as Micros

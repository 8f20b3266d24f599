import type { Measurement } from '../../harness/model/batch.ts'
import type { Whole } from './text.ts'

/** One field of a kind of reading. */
export interface FieldShape {
  readonly field: string
  readonly unit: string
  readonly kind: 'counter' | 'gauge'
  /** Counter: the number of values it has, where the kernel prints fewer than 64 bits; it starts again at 0 after modulus − 1. */
  readonly modulus?: number
  /** Counter: a fall of at most so much is the kernel's known inexactness: the highest value seen stands until it is passed. In `unit`. */
  readonly mayFallBy?: number
}

/** What all readings of one source have in common. */
export interface Shape {
  readonly measurement: Measurement
  readonly fields: readonly FieldShape[]
}

/**
 * Readings of one instance at one tick, in the order of the shape's fields.
 * null: not there (an older kernel has fewer fields); 'error': there, but not to be trusted.
 */
export interface Row {
  readonly instance: string
  readonly values: readonly (Whole | null | 'error')[]
}

export const counter = (
  field: string,
  unit: string,
  more: Pick<FieldShape, 'modulus' | 'mayFallBy'> = {},
): FieldShape => ({ field, unit, kind: 'counter', ...more })

export const gauge = (field: string, unit: string): FieldShape => ({ field, unit, kind: 'gauge' })

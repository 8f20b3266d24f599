import type { Row, Shape } from './shape.ts'
import { minus, plus, type Whole } from './text.ts'

/**
 * A `total` over instances whose counters may come and go. It starts as the sum of the first reading and then grows by what each member
 * grew. A member that goes, or whose counter falls, makes the total of that reading 'error': what it did since the last reading is not
 * known.
 * @param newcomers `unknown`: a member that comes may have counted before (a disk that is plugged in), it adds nothing by coming;
 * `from nothing`: a member appears with its first count, and adds it (a cgroup's disk)
 */
export interface Summer {
  next(rows: readonly Row[]): Row
}

export function newSummer(
  shape: Shape,
  instance: string,
  newcomers: 'unknown' | 'from nothing' = 'unknown',
): Summer {
  let before: ReadonlyMap<string, Row> | null = null
  const totals: Whole[] = shape.fields.map(() => 0)

  const grow = (index: number, rows: readonly Row[], allStillThere: boolean): Whole | 'error' => {
    const field = shape.fields[index]
    let whole = allStillThere
    for (const row of rows) {
      const value = row.values[index] ?? null
      const earlier = before?.get(row.instance)
      const unseen = newcomers === 'unknown' ? null : 0
      const last = earlier === undefined ? unseen : (earlier.values[index] ?? null)
      if (value === null || value === 'error') whole = false
      else if (before === null) totals[index] = plus(totals[index] ?? 0, value)
      else if (last !== null && last !== 'error') {
        const delta = minus(value, last)
        const step = delta < 0 && field?.modulus !== undefined ? delta + field.modulus : delta
        const good = step >= 0 && (delta >= 0 || step < (field?.modulus ?? 0) / 2)
        if (good) totals[index] = plus(totals[index] ?? 0, step)
        else whole = false
      }
    }
    return whole ? (totals[index] ?? 0) : 'error'
  }

  return {
    next(rows) {
      const names = new Set(rows.map(row => row.instance))
      const allStillThere = before === null || [...before.keys()].every(name => names.has(name))
      const values = shape.fields.map((_, index) => grow(index, rows, allStillThere))
      before = new Map(rows.map(row => [row.instance, row]))
      return { instance, values }
    },
  }
}

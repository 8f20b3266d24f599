import { stepOf } from './counter.ts'
import type { FieldShape, Row, Shape } from './shape.ts'
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
  const sums = shape.fields.map(field => ({ field, total: 0 as Whole }))

  /** `index`: of the field among the values of a row. */
  const grow = (
    sum: { readonly field: FieldShape; total: Whole },
    index: number,
    rows: readonly Row[],
    allStillThere: boolean,
  ): Whole | 'error' => {
    let whole = allStillThere
    // Over a reading that failed nothing is added: the total of that reading is an error, and no difference is taken across it.
    for (const row of rows) {
      const value = row.values[index] ?? null
      const earlier = before?.get(row.instance)
      const unseen = newcomers === 'unknown' ? null : 0
      const last = earlier === undefined ? unseen : (earlier.values[index] ?? null)
      if (value === null || value === 'error') whole = false
      else if (before === null) sum.total = plus(sum.total, value)
      else if (last !== null && last !== 'error') {
        const step = stepOf(minus(value, last), sum.field)
        if (step === null) whole = false
        else sum.total = plus(sum.total, step)
      }
    }
    return whole ? sum.total : 'error'
  }

  return {
    next(rows) {
      const names = new Set(rows.map(row => row.instance))
      const allStillThere = before === null || [...before.keys()].every(name => names.has(name))
      const values = sums.map((sum, index) => grow(sum, index, rows, allStillThere))
      before = new Map(rows.map(row => [row.instance, row]))
      return { instance, values }
    },
  }
}

import { type Batch, READING } from '../../../harness/model/batch.ts'

/** CPU time of a whole machine between two readings, µs summed over its CPUs. */
export interface CpuTime {
  readonly busy: number
  readonly steal: number
  /** Busy, idle, waiting for I/O and stolen: CPUs × elapsed time. */
  readonly total: number
}

export type OnCpu = (from: number, to: number, time: CpuTime | null) => void

/** States in which a CPU works. guest is counted in user, guest_nice in nice. */
const BUSY = ['user', 'nice', 'system', 'irq', 'softirq']
const FIELDS = [...BUSY, 'idle', 'iowait', 'steal']

/**
 * Puts the series of the CPU states together again, for the machine as a whole over one recording. The states that the first readable
 * tick has must be there in every later one; a tick where one is not is a break.
 */
export function cpuDifferences(emit: OnCpu): (slice: readonly Batch[]) => void {
  let present: readonly string[] | null = null
  let at = Number.NaN
  let last: CpuTime | null = null
  let broken = false

  return slice => {
    const byField = new Map(slice.map(batch => [batch.series.field, batch]))
    const times = byField.get('idle')?.mono
    if (times === undefined) return
    for (const [i, time] of times.entries()) {
      const ok = (field: string): boolean => byField.get(field)?.state[i] === READING.ok
      if (present === null && ok('idle') && ok('user')) present = FIELDS.filter(ok)
      if (present === null || !present.every(ok)) {
        broken = true
        continue
      }
      const now = addUp(present, field => byField.get(field)?.values[i] as number)
      if (last !== null && time > at) emit(at, time, broken ? null : minus(now, last))
      at = time
      last = now
      broken = false
    }
  }
}

function addUp(fields: readonly string[], value: (field: string) => number): CpuTime {
  let busy = 0
  let rest = 0
  let steal = 0
  for (const field of fields) {
    if (field === 'steal') steal = value(field)
    else if (BUSY.includes(field)) busy += value(field)
    else rest += value(field)
  }
  return { busy, steal, total: busy + rest + steal }
}

/** null where CPU time fell. Where none went by at all (a machine that slept from reading to reading) no share can be taken of it. */
function minus(a: CpuTime, b: CpuTime): CpuTime | null {
  const time = { busy: a.busy - b.busy, steal: a.steal - b.steal, total: a.total - b.total }
  return time.busy >= 0 && time.steal >= 0 && time.total >= 0 ? time : null
}

import type { Work } from '../../../harness/model/workload.ts'
import { overlap, type Window } from '../time/window.ts'

/** Units asked for and brought to an end (done or failed) in each tenth of a window; null: work that reaches into it was lost. */
export interface Tenths {
  add(work: Work): void
  result(): readonly number[] | null
}

/** A piece counts where it ended; one that says when it began is spread over its time. */
export function tenthsOf(window: Window): Tenths {
  const length = (window.to - window.from) / 10
  const parts = Array.from({ length: 10 }, (_, i): Window => {
    const from = window.from + i * length
    return { from, to: i === 9 ? window.to : from + length }
  })
  const units = parts.map(() => 0)
  let lost = false
  return {
    add(work) {
      if (work.lost) {
        lost ||= work.at < window.to
        return
      }
      if (work.from !== undefined && work.from < work.at) {
        if (overlap(window, work.from, work.at) <= 0) return
        const perMicro = work.units / (work.at - work.from)
        for (const [i, part] of parts.entries())
          units[i] = (units[i] as number) + overlap(part, work.from, work.at) * perMicro
      } else if (work.at >= window.from && work.at < window.to) {
        const i = Math.min(9, Math.floor((work.at - window.from) / length))
        units[i] = (units[i] as number) + work.units
      }
    },
    result: () => (lost ? null : units),
  }
}

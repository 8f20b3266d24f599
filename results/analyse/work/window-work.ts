import type { WindowWork } from '../../../harness/model/result.ts'
import type { Work } from '../../../harness/model/workload.ts'
import { overlap, type Window } from '../time/window.ts'
import { type LogHistogram, logHistogram } from './log-histogram.ts'

/** Adds up the work of a window; times are those of the host that stamps the work, wall clock. */
export interface WorkSum {
  add(work: Work): void
  /** null: work that reaches into the window was lost, so that what was done in it is not known. */
  result(): WindowWork | null
}

/**
 * A piece of work belongs to the window in which it ended; one that says when it began counts by the part of it that lies in the
 * window. Latencies are those of pieces that were done well and ended in the window.
 * @param pooled takes the same latencies, for the run as a whole
 */
export function workSum(window: Window, pooled: LogHistogram): WorkSum {
  const latencies = logHistogram()
  let units = 0
  let failed = 0
  let lost = false
  return {
    add(work) {
      if (work.lost) {
        lost ||= work.at < window.to
        return
      }
      const ended = work.at >= window.from && work.at < window.to
      const share =
        work.from !== undefined && work.from < work.at
          ? overlap(window, work.from, work.at) / (work.at - work.from)
          : Number(ended)
      if (work.ok) units += work.units * share
      else failed += work.units * share
      if (!work.ok || !ended || work.latency === undefined) return
      latencies.add(work.latency)
      pooled.add(work.latency)
    },
    result: () => (lost ? null : { units, failed, latency: latencyOf(latencies) }),
  }
}

const latencyOf = (h: LogHistogram): WindowWork['latency'] =>
  h.n === 0
    ? null
    : {
        n: h.n,
        mean: h.mean(),
        p50: h.quantile(0.5),
        p95: h.quantile(0.95),
        p99: h.quantile(0.99),
        max: h.max(),
      }

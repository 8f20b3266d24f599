import type { RunFacts } from '../rules/rules.ts'
import { coverages } from './coverage.ts'
import type { HostEnergy } from './host-energy.ts'
import type { HostMeasure } from './measure-host.ts'
import type { RunContext } from './run-context.ts'

/** Whole packages: zones below them (dram, psys) are named otherwise. */
const PACKAGE = /^package-\d+(-die-\d+)?$/

/**
 * Counters of the total's source that can't be believed in a window. Stuck ones and resets are breaks in the readings, so that it shows
 * where they lie; one that stays stuck leaves the end of its window without readings. A mirror lasts as long as its recording: it is in order where one socket shows its energy in several zones, and not
 * where fewer zones than sockets are left.
 */
export function untrueCounters(
  context: RunContext,
  measure: HostMeasure,
  energy: HostEnergy,
): RunFacts['untrue'][number][] {
  const source = energy.evidence?.source
  if (source === undefined) return []
  const { host } = measure
  const broken = coverages(context, measure, { phase: 'window', source }).some(
    c => c.collector === source && (c.broken || !c.edgesBracketed),
  )
  const found = measure.recordings.flatMap(r => r.findings).filter(f => f.collector === source)
  return found.flatMap(({ code, values }): RunFacts['untrue'][number][] => {
    const about = { host, collector: source, code, instance: values['instance'] ?? null }
    if (code === 'COUNTER_STUCK' && broken)
      return [{ host, values: { ...about, reason: `${about.instance} stood still` } }]
    if (code === 'COUNTER_RESET' && broken)
      return [{ host, values: { ...about, reason: `${about.instance} was reset` } }]
    if (code === 'COUNTER_MIRRORED' && packagesLeft(context, measure, source) < sockets(measure))
      return [
        {
          host,
          values: {
            ...about,
            reason: `${about.instance} shows what ${String(values['of'])} shows, and its socket is not counted`,
          },
        },
      ]
    return []
  })
}

const sockets = ({ facts }: HostMeasure): number => facts?.cpu.sockets ?? 0

function packagesLeft(context: RunContext, measure: HostMeasure, source: string): number {
  const windows = context.stretches.flatMap((phase, i) =>
    phase.name === 'window' ? [measure.stretches[i]?.sums ?? []] : [],
  )
  const counts = windows.map(
    sums => sums.filter(s => s.series.source === source && PACKAGE.test(s.series.instance)).length,
  )
  return counts.length === 0 ? 0 : Math.min(...counts)
}

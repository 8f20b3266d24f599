import { seriesKey } from '../../harness/model/batch.ts'
import type { PhaseRecord } from '../../harness/model/run.ts'
import type { Coverage } from '../analyse/integrate/gaps.ts'
import type { SeriesSum, StretchMeasure } from '../analyse/recording/stretch-meter.ts'
import type { WindowCoverage } from '../rules/rules.ts'
import type { HostMeasure } from './measure-host.ts'
import type { RunContext } from './run-context.ts'

export const isEnergy = (sum: { readonly use: string }): boolean =>
  sum.use === 'energy' || sum.use === 'power'

/**
 * Readings that the figures of a host's phases of one name rest on: the recorder's ticks, CPU time, and the series of a source of energy.
 * @param o.source id of the source of energy; null: there is none
 */
export function coverages(
  context: RunContext,
  measure: HostMeasure,
  o: { readonly phase: PhaseRecord['name']; readonly source: string | null },
): WindowCoverage[] {
  const recorded = [
    ...new Set(
      measure.stretches.flatMap(stretch => (stretch?.sums ?? []).filter(ofSource(o.source)).map(nameOf)),
    ),
  ]
  return context.stretches.flatMap((phase, i) => {
    if (phase.name !== o.phase) return []
    const stretch = measure.stretches[i] ?? null
    const at = { host: measure.host, window: phase.index }
    if (stretch === null) return [{ ...at, collector: 'recorder', ...NOTHING }]
    const series = stretch.sums.filter(ofSource(o.source))
    const names = new Set(series.map(nameOf))
    const missing = recorded.filter(name => !names.has(name))
    return [
      { ...at, collector: 'recorder', broken: false, ...covered(stretch.ticks) },
      ...cpuCoverage(stretch).map(c => ({ ...at, collector: 'cpu', ...c })),
      ...series.map(s => ({
        ...at,
        collector: s.series.source,
        broken: 'absent' in s.integral && (s.integral.absent === 'BROKEN' || s.integral.absent === 'GAP'),
        ...covered(s.coverage),
      })),
      // A series of the source that other stretches have and this one has not: a part is not the whole.
      ...missing.map(() => ({ ...at, collector: o.source ?? '', ...NOTHING, broken: true })),
    ]
  })
}

const ofSource =
  (source: string | null) =>
  (sum: SeriesSum): boolean =>
    isEnergy(sum) && sum.series.source === source

const nameOf = ({ series }: SeriesSum): string => seriesKey(series)

const NOTHING = { longestIntervals: null, gapSeconds: 0, gapShare: 0, edgesBracketed: false, broken: false }

const covered = (c: Coverage): Omit<WindowCoverage, 'host' | 'collector' | 'window' | 'broken'> => ({
  longestIntervals: c.longestIntervals,
  gapSeconds: c.gapSeconds,
  gapShare: c.gapShare,
  edgesBracketed: c.before && c.after,
})

function cpuCoverage(stretch: StretchMeasure): Omit<WindowCoverage, 'host' | 'collector' | 'window'>[] {
  const absent = 'absent' in stretch.cpu ? stretch.cpu.absent : null
  return absent === 'NO_READINGS' ? [] : [{ broken: absent === 'BROKEN', ...covered(stretch.cpuCoverage) }]
}

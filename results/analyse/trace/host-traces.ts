import type { Trace } from '../../../harness/model/result.ts'
import { addAtLevel } from '../power-model/curve.ts'
import { type Machine, modelEnergy } from '../power-model/predict.ts'
import { LEVELS } from '../power-model/types.ts'
import type { TraceSink } from '../recording/recording-meter.ts'
import type { Window } from '../time/window.ts'
import { type Bins, bins, binValue, centres } from './bins.ts'

export interface HostTraces extends TraceSink {
  result(): Trace[]
}

/**
 * CPU and power of one host over a run, for charts.
 * @param o.window the run, host's boot clock
 * @param o.interval time between readings, µs: the shortest bin
 * @param o.machine for the trace of the power model; its load is the mean of each bin
 */
export function hostTraces(o: {
  readonly host: string
  readonly window: Window
  readonly interval: number
  readonly machine: Machine | null
}): HostTraces {
  const make = (): Bins => bins(o.window, o.interval)
  const busy = make()
  const all = make()
  const meters = new Map<string, Map<string, Bins>>()
  const trace = (
    t: Pick<Trace, 'name' | 'source' | 'unit' | 'v'> & Partial<Pick<Trace, 'low' | 'high'>>,
  ): Trace => ({
    host: o.host,
    t: centres(busy, o.window),
    low: null,
    high: null,
    ...t,
  })
  const load = (i: number): number | null => binValue(busy, i, o.window, amount => amount / all.at(i).amount)

  return {
    cpu(from, to, time) {
      const known = time !== null && time.total > 0
      busy.add(from, to, known ? time.busy : null)
      all.add(from, to, known ? time.total : null)
    },
    energy(source, instance, from, to, microjoules) {
      const series = meters.get(source) ?? new Map<string, Bins>()
      meters.set(source, series)
      const of = series.get(instance) ?? make()
      series.set(instance, of)
      of.add(from, to, microjoules)
    },
    result() {
      const loads = Array.from({ length: busy.count }, (_, i) => load(i))
      const traces = [...meters].map(([source, series]) =>
        trace({ name: 'power', source, unit: 'W', v: meterPower([...series.values()], o.window) }),
      )
      if (!loads.some(u => u !== null)) return traces
      const cpu = trace({ name: 'cpu', source: 'cpu', unit: 'ratio', v: loads })
      return o.machine === null ? [...traces, cpu] : [...traces, modelTrace(o.machine, loads, trace), cpu]
    },
  }
}

/** W: every series of the source must be there. */
function meterPower(series: readonly Bins[], window: Window): (number | null)[] {
  const count = series[0]?.count ?? 0
  return Array.from({ length: count }, (_, i) => {
    const watts = series.map(of => binValue(of, i, window, (microjoules, micros) => microjoules / micros))
    return watts.includes(null) ? null : (watts as number[]).reduce((a, b) => a + b, 0)
  })
}

function modelTrace(
  machine: Machine,
  loads: readonly (number | null)[],
  trace: (t: Pick<Trace, 'name' | 'source' | 'unit' | 'v' | 'low' | 'high'>) => Trace,
): Trace {
  const said = loads.map(u => {
    if (u === null) return null
    const atLevel = LEVELS.map(() => 0)
    addAtLevel(atLevel, LEVELS, u, 1)
    return modelEnergy(machine, { seconds: 1, atLevel })
  })
  const short = (x: number): number => Number(x.toPrecision(5))
  return trace({
    name: 'power',
    source: 'power-model',
    unit: 'W',
    v: said.map(s => (s === null ? null : short(s.joules))),
    low: said.map(s => (s === null ? null : short(s.range[0]))),
    high: said.map(s => (s === null ? null : short(s.range[1]))),
  })
}

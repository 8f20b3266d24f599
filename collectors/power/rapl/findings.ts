import type { Finding } from '../../../harness/model/finding.ts'
import type { MemoryVerdict } from './memory.ts'
import type { MirrorWatch } from './mirrors.ts'
import type { Track } from './track.ts'

interface Who {
  readonly collector: string
  readonly host: string
}

interface Seen {
  readonly tracks: readonly Track[]
  readonly watch: MirrorWatch
  readonly memory: MemoryVerdict
}

/** What a parser noticed of its zones; of those that are left out, only that they are. */
export function raplFindings(who: Who, { tracks, watch, memory }: Seen): Finding[] {
  const read = tracks.filter(track => track.still.goodAt !== null)
  const counted = read.filter(({ zone }) => zone.kind === 'package' || memory.is !== 'left-out')
  const about = counted.map(track => ({ track, verdict: watch.verdict(track.zone.name) }))
  return [
    ...about.flatMap(({ track, verdict }) => {
      const { name } = track.zone
      if (verdict.is === 'own') return zoneFindings(who, track)
      if (verdict.is === 'mirror') return [mirrored(who, name, verdict.of)]
      const reason = `${name}: too few readings to tell whether it shows the same counter as ${verdict.of}`
      return [...zoneFindings(who, track), absent(who, reason)]
    }),
    ...(memory.is === 'left-out'
      ? [absent(who, `${memory.dead.join(', ')} did not move: memory is not in the figure`)]
      : []),
  ]
}

const mirrored = (who: Who, instance: string, of: string): Finding => ({
  code: 'COUNTER_MIRRORED',
  ...who,
  values: { ...who, instance, of },
})

const absent = (who: Who, reason: string): Finding => ({
  code: 'SENSOR_ABSENT',
  ...who,
  values: { ...who, reason },
})

function zoneFindings(who: Who, { zone, counter, still }: Track): Finding[] {
  const about = { ...who, instance: zone.name }
  const wraps: Finding[] =
    counter.wraps === 0 ? [] : [{ code: 'COUNTER_WRAP', ...who, values: { ...about, times: counter.wraps } }]
  const resets = [...counter.breaks].map(
    ([reason, times]): Finding => ({ code: 'COUNTER_RESET', ...who, values: { ...about, times, reason } }),
  )
  const { times, micros } = still
  const stuck: Finding[] =
    times === 0 ? [] : [{ code: 'COUNTER_STUCK', ...who, values: { ...about, times, seconds: micros / 1e6 } }]
  return [...wraps, ...resets, ...stuck]
}

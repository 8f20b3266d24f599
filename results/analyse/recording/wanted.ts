import type { Series } from '../../../harness/model/batch.ts'

/** What a series is used for in a result; other series are in the archive and in the database, but no figure needs them. */
export type Use =
  | 'energy'
  | 'power'
  | 'cpu'
  | 'memory'
  | 'disk-read'
  | 'disk-write'
  | 'net-receive'
  | 'net-transmit'
  | 'pressure'
  | 'service-cpu'
  | 'service-memory'
  | 'service-throttled'
  | 'service-throttled-inside'
  | 'service-read'
  | 'service-write'
  | 'service-receive'
  | 'service-transmit'
  | 'recorder-cpu'
  | 'pods-cpu'
  | 'all-cpu'

const USES: Readonly<Record<string, Use>> = {
  'memory used': 'memory',
  'disk read_bytes': 'disk-read',
  'disk write_bytes': 'disk-write',
  'net receive_bytes': 'net-receive',
  'net transmit_bytes': 'net-transmit',
  'pressure some': 'pressure',
  'cgroup cpu_usage': 'service-cpu',
  'cgroup throttled_time': 'service-throttled',
  'cgroup container_throttled_time': 'service-throttled-inside',
  'cgroup memory': 'service-memory',
  'cgroup memory_rss': 'service-memory',
  'cgroup read_bytes': 'service-read',
  'cgroup write_bytes': 'service-write',
  'cgroup receive_bytes': 'service-receive',
  'cgroup transmit_bytes': 'service-transmit',
  'footprint cpu': 'recorder-cpu',
}
/** Where a collector sums over its instances, the sum is used and never the single ones (harness/model/batch.ts). */
const SUMMED = new Set(['cpu', 'memory', 'disk', 'net'])

/** Series of energy of one source may all be added up: that is for its collector to see to. */
export function useOf(series: Series): Use | null {
  if (SUMMED.has(series.measurement) && series.instance !== 'total') return null
  if (series.measurement === 'energy') return series.kind === 'counter' ? 'energy' : null
  if (series.measurement === 'power') return series.kind === 'gauge' ? 'power' : null
  if (series.measurement === 'cpu') return 'cpu'
  if (series.measurement === 'node') return series.instance === 'pods' ? 'pods-cpu' : 'all-cpu'
  return USES[`${series.measurement} ${series.field}`] ?? null
}

import type { Standstill } from './standstill.ts'
import type { Zone } from './zones.ts'

/** A DRAM counter that works moves within a second. */
const DEAD_SECONDS = 10

interface Watched {
  readonly zone: Zone
  readonly still: Standstill
}

/** Whether DRAM counts in the figure. */
export type MemoryVerdict =
  | { readonly is: 'counted' | 'undecided' }
  | { readonly is: 'left-out'; readonly dead: readonly string[] }

/**
 * Some machines name DRAM zones and do not count in them. Where the counter could be read before the run that is known from its 0
 * (zones.ts); who may read it only as root sees it here: it does not move in the first DEAD_SECONDS (or the whole of a shorter
 * recording) although a package does. Then DRAM is left out of all packages, as zones.ts does.
 * @param now time of the latest reading, µs; Infinity: the recording has ended
 */
export function memoryVerdict(tracks: readonly Watched[], now: number): MemoryVerdict {
  const drams = tracks.filter(({ zone }) => zone.kind === 'dram')
  const fates = drams.map(({ still }) => fate(still, now))
  if (fates.includes('undecided')) return { is: 'undecided' }
  const dead = drams.filter((_, i) => fates[i] === 'dead').map(({ zone }) => zone.name)
  if (dead.length === 0) return { is: 'counted' }
  const packageMoves = tracks.some(
    ({ zone, still }) => zone.kind === 'package' && fate(still, now) === 'moves',
  )
  return packageMoves ? { is: 'left-out', dead } : { is: 'counted' }
}

/** What is so by the deadline stays so: later readings change nothing. */
function fate(still: Standstill, now: number): 'moves' | 'dead' | 'unread' | 'undecided' {
  if (still.startedAt === null) return Number.isFinite(now) ? 'undecided' : 'unread'
  const deadline = still.startedAt + DEAD_SECONDS * 1e6
  const by = (at: number | null): boolean => at !== null && at <= deadline
  if (by(still.movedAt)) return 'moves'
  if (now <= deadline) return 'undecided'
  return by(still.goodAt) ? 'dead' : 'unread'
}

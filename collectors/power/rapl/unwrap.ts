import type { Micros } from '../../../harness/model/units.ts'
import { minus, type Whole } from '../../parse/text.ts'
import type { Zone } from './zones.ts'

/** A package that states no limit can't be larger than this; the largest of 2026 are rated at 500 W. */
const UNKNOWN_LIMIT_WATTS = 1000
/** Limits are averages over their time window; short of it a package may go above. */
const MARGIN = 2
/** A stamp is the start of its tick: how much later a zone is read may differ by this from tick to tick. */
const JITTER_SECONDS = 0.1
/** One zone's counter over a recording. */
export interface Unwrapped {
  base: string
  last: { readonly raw: Whole; readonly mono: Micros } | null
  /** µJ since the first good reading. */
  value: number
  wraps: number
  readonly breaks: Map<string, number>
}

export const newUnwrapped = (): Unwrapped => ({
  base: '0',
  last: null,
  value: 0,
  wraps: 0,
  breaks: new Map(),
})

/**
 * Takes the next raw reading of energy_uj.
 *
 * What the kernel means (drivers/powercap/intel_rapl_common.c): the register counts 32 bits of an energy unit (61 µJ on most Intel
 * packages, 15.3 µJ on AMD), energy_uj is it in µJ rounded down, and max_energy_range_uj is the same of its largest value, 2^32 − 1. So
 * over a wrap the energy is max − before + after (+ one unit, which is left out: 61 µJ in 262 kJ).
 *
 * A difference is believed when it stands for at most twice the highest power limit of the zone (else 1 kW) over the time since the last
 * reading. One that falls is a wrap when that is plausible, otherwise the counter was reset. When so much time has gone by that the
 * counter may have gone round without our seeing it, or the maximum can't be read, nothing is guessed. Whether a difference of 0 can
 * be true is for standstill.ts to say.
 *
 * @returns µJ since the first good reading; null: the difference to the reading before is not known (Batch says what that means)
 */
export function unwrap(c: Unwrapped, zone: Zone, raw: Whole, mono: Micros): number | null {
  const before = c.last
  c.last = { raw, mono }
  if (before === null) {
    c.base = raw.toString()
    return c.value
  }
  const delta = minus(raw, before.raw)
  const step = judge(zone, delta, (mono - before.mono) / 1e6)
  if (typeof step === 'string') {
    c.breaks.set(step, (c.breaks.get(step) ?? 0) + 1)
    return null
  }
  if (delta < 0) c.wraps += 1
  c.value += step
  return c.value
}

/** The energy of the step, µJ, or why it can't be said. */
function judge(zone: Zone, delta: number, seconds: number): number | string {
  const watts = MARGIN * (zone.limitWatts ?? UNKNOWN_LIMIT_WATTS)
  const plausible = watts * 1e6 * (seconds + JITTER_SECONDS)
  const max = zone.maxMicrojoules
  if (max !== null && plausible / MARGIN >= max)
    return 'the counter may have gone round more than once in a gap'
  if (delta >= 0) return delta <= plausible ? delta : `it rose by more than ${watts} W can`
  if (max === null) return 'it fell, and its maximum can not be read'
  const step = delta + max
  return step >= 0 && step <= plausible ? step : `it fell, and as a wrap that would be more than ${watts} W`
}

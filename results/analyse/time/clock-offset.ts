/** CPU use of a run, the mean over each bin; null: not known. */
export interface LoadTrace {
  /** Middle of the first bin, controller's time, µs. */
  readonly first: number
  /** Width of a bin, µs. */
  readonly bin: number
  readonly values: readonly (number | null)[]
}

/** Power as an instrument's clock has it: mean since the row before, W. NaN: not known. */
export interface PowerRows {
  readonly at: readonly number[]
  readonly watts: readonly number[]
}

export type FoundOffset =
  | { readonly offset: number; readonly doubt: number; readonly explained: number }
  | { readonly why: string }

/** Largest offset that is looked for, s: a clock that is further off is not set. */
export const MOST_OFFSET = 60
/** Share of the variance that power and CPU use must have in common at best. */
const LEAST_EXPLAINED = 0.5
/** Offsets that explain less than the best by no more than this are as good as it (as for lags of meters). */
const AS_GOOD = 0.02
/** Another peak that comes so near to the best one makes it ambiguous. */
const RIVAL = 0.1
/** Widest half of a peak from which an offset is taken, s. */
const WIDEST = 5
/** Bins that both must be known in. */
const LEAST = 30
const FINEST = 50_000

/**
 * By how much an instrument's clock is ahead: the shift at which its power and the machine's CPU use vary together most, over all runs. Doubt is half
 * the width of that peak, half a bin and half an interval. Whatever makes power follow CPU use later counts as offset.
 */
export function findOffset(rows: PowerRows, traces: readonly LoadTrace[]): FoundOffset {
  const energy = cumulative(rows)
  const bin = Math.max(...traces.map(trace => trace.bin), FINEST)
  const reach = MOST_OFFSET * 1e6
  const step = Math.max(FINEST, Math.min(bin / 2, 500_000))
  const shifts = Array.from({ length: Math.floor((2 * reach) / step) + 1 }, (_, i) => i * step - reach)
  const explained = shifts.map(shift => commonVariance(rows, energy, traces, shift))
  const best = explained.reduce((top, value, i) => (value > (explained[top] ?? 0) ? i : top), 0)
  const most = explained[best] ?? 0
  if (most < LEAST_EXPLAINED)
    return { why: 'its power does not vary with the CPU use of the machine at any offset up to a minute' }
  const [low, high] = peakAround(explained, best, most - AS_GOOD)
  if (low === 0 || high === shifts.length - 1) return { why: 'it is more than a minute off' }
  const half = ((high - low + 1) * step) / 2e6
  if (half > WIDEST) return { why: 'power and CPU use change too slowly to tell' }
  const [left, right] = peakAround(explained, best, most - RIVAL)
  if (explained.some((value, i) => (i < left || i > right) && value >= most - RIVAL))
    return { why: 'power and CPU use fit at several offsets alike, as a load that repeats itself makes them' }
  return {
    offset: ((shifts[low] ?? 0) + (shifts[high] ?? 0)) / 2e6,
    doubt: half + (bin + interval(rows)) / 2e6,
    explained: most,
  }
}

/** Indexes of the stretch around a peak in which nothing is below a value. */
function peakAround(values: readonly number[], best: number, least: number): readonly [number, number] {
  let [low, high] = [best, best]
  while (low > 0 && (values[low - 1] ?? 0) >= least) low -= 1
  while (high < values.length - 1 && (values[high + 1] ?? 0) >= least) high += 1
  return [low, high]
}

/** The usual time between two rows, µs. */
function interval({ at }: PowerRows): number {
  const between = at.slice(1, 10_000).map((time, i) => time - (at[i] ?? time))
  return between.toSorted((a, b) => a - b)[between.length >> 1] ?? 0
}

/** Energy until each row, W·µs; what is not known is not known from there on in a bin that holds it, so it is counted beside. */
function cumulative({ at, watts }: PowerRows): { readonly sum: Float64Array; readonly lost: Int32Array } {
  const sum = new Float64Array(at.length)
  const lost = new Int32Array(at.length)
  for (let i = 1; i < at.length; i += 1) {
    const value = watts[i] ?? Number.NaN
    const good = !Number.isNaN(value)
    sum[i] = (sum[i - 1] ?? 0) + (good ? value * ((at[i] ?? 0) - (at[i - 1] ?? 0)) : 0)
    lost[i] = (lost[i - 1] ?? 0) + (good ? 0 : 1)
  }
  return { sum, lost }
}

/** Squared correlation over all bins, each run about its own means; 0 where they do not rise together. */
function commonVariance(
  rows: PowerRows,
  energy: ReturnType<typeof cumulative>,
  traces: readonly LoadTrace[],
  shift: number,
): number {
  let [xx, yy, xy, n] = [0, 0, 0, 0]
  for (const { first, bin, values } of traces) {
    const pairs: [number, number][] = []
    for (const [i, load] of values.entries()) {
      const from = first + (i - 0.5) * bin + shift
      const watts = load === null ? Number.NaN : meanWatts(rows, energy, from, from + bin)
      if (load !== null && !Number.isNaN(watts)) pairs.push([load, watts])
    }
    const mx = pairs.reduce((sum, [x]) => sum + x, 0) / pairs.length
    const my = pairs.reduce((sum, [, y]) => sum + y, 0) / pairs.length
    for (const [x, y] of pairs) {
      xx += (x - mx) ** 2
      yy += (y - my) ** 2
      xy += (x - mx) * (y - my)
    }
    n += pairs.length
  }
  return n < LEAST || xy <= 0 || xx === 0 || yy === 0 ? 0 : xy ** 2 / (xx * yy)
}

function meanWatts(
  { at }: PowerRows,
  { sum, lost }: ReturnType<typeof cumulative>,
  from: number,
  to: number,
): number {
  const [a, b] = [rowBefore(at, from), rowBefore(at, to)]
  if (a < 0 || b + 1 >= at.length || (lost[b + 1] ?? 0) !== (lost[a] ?? 0)) return Number.NaN
  const until = (i: number, time: number): number => {
    const [t0 = 0, t1 = 0, s0 = 0, s1 = 0] = [at[i], at[i + 1], sum[i], sum[i + 1]]
    return s0 + ((s1 - s0) * (time - t0)) / (t1 - t0)
  }
  return (until(b, to) - until(a, from)) / (to - from)
}

/** Index of the last row at or before a time; −1: there is none. */
function rowBefore(at: readonly number[], time: number): number {
  let [low, high] = [0, at.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((at[middle] ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}

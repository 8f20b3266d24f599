/** A stretch of load or of rest, controller's time, µs. */
export interface Step {
  readonly at: number
  readonly busy: boolean
}

/** What one instance of a meter said: power at a time, or its mean from one time to another (µs, W). */
export interface PowerSample {
  readonly from: number
  readonly to: number
  readonly watts: number
}

export interface StepResponse {
  /** Samples that were compared. */
  readonly n: number
  /** By how much it is higher under load, W. */
  readonly watts: number
  /** By how much it follows later, s. */
  readonly lag: number
  /** Share of its variance that the steps explain at that lag, 0 … 1. */
  readonly explained: number
}

/**
 * A sequence of all patterns of five but 00000 (maximal-length, x⁵ + x² + 1; Golomb, Shift Register Sequences, 1967): it is unlike itself at every
 * shift, so that a load of others that comes and goes is not taken for it, and the lag is told without doubt.
 */
export const PATTERN = '1111100011011101010000100101100'

/**
 * Share of variance and samples that it takes to say that a meter follows a load. Over 1,000 seeds, steps of 3 s and a reading a second, noise came
 * to 0.17 at most and a load of others that comes and goes to 0.26.
 */
const EXPLAINED = 0.5
const LEAST_SAMPLES = 10
const LAG_STEP = 250_000

/** Whether power follows the load. */
export const follows = (r: StepResponse | null): boolean =>
  r !== null && r.n >= LEAST_SAMPLES && r.explained >= EXPLAINED && r.watts > 0

/**
 * By how much and how late power follows load that came in steps: least squares of power on the share of time that was busy, at the lag that
 * explains most. null: nothing to compare.
 * @param o.end of the last step, µs
 * @param o.mostLag longest lag that is looked for, s
 */
export function stepResponse(
  steps: readonly Step[],
  samples: readonly PowerSample[],
  o: { readonly end: number; readonly mostLag: number },
): StepResponse | null {
  const start = steps[0]?.at
  if (start === undefined) return null
  const lags = Array.from({ length: Math.floor((o.mostLag * 1e6) / LAG_STEP) + 1 }, (_, i) => i * LAG_STEP)
  // The same samples at every lag, else the lag that leaves out most would win.
  const inside = samples.filter(s => s.from >= start + o.mostLag * 1e6 && s.to <= o.end)
  if (inside.length < 3) return null
  const fits = lags.map(lag => ({ lag, ...fit(inside, s => busyShare(steps, o.end, s, lag)) }))
  const best = fits.reduce((top, next) => (next.explained > top.explained ? next : top))
  return { n: inside.length, watts: best.watts, lag: best.lag / 1e6, explained: best.explained }
}

/** Share of a sample's time, or at its time, that the machine was busy `lag` µs before. */
function busyShare(steps: readonly Step[], end: number, { from, to }: PowerSample, lag: number): number {
  const [a, b] = [from - lag, to - lag]
  if (b <= a) return steps.findLast(step => step.at <= a)?.busy === true ? 1 : 0
  const busy = steps.reduce((sum, step, i) => {
    const until = steps[i + 1]?.at ?? end
    return sum + (step.busy ? Math.max(0, Math.min(b, until) - Math.max(a, step.at)) : 0)
  }, 0)
  return busy / (b - a)
}

function fit(
  samples: readonly PowerSample[],
  busy: (s: PowerSample) => number,
): { readonly watts: number; readonly explained: number } {
  const pairs = samples.map(s => [busy(s), s.watts] as const)
  const mean = (k: 0 | 1): number => pairs.reduce((sum, p) => sum + p[k], 0) / pairs.length
  const [mx, my] = [mean(0), mean(1)]
  const sum = (of: (x: number, y: number) => number): number =>
    pairs.reduce((all, [x, y]) => all + of(x - mx, y - my), 0)
  const [xx, xy, yy] = [sum(x => x * x), sum((x, y) => x * y), sum((_, y) => y * y)]
  // Not to the last digit: a constant of many readings leaves a rest of rounding.
  if (xx === 0 || yy <= 1e-9 * my * my) return { watts: 0, explained: 0 }
  return { watts: xy / xx, explained: (xy * xy) / (xx * yy) }
}

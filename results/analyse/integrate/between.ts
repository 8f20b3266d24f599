/** Takes what changed between readings of a gauge, interval by interval in the order of time, and says how well the sum over them is known. */
export interface Between {
  /** @param step from the reading before to the next; @param seconds of the interval that lie in the window */
  add(step: number, seconds: number): void
  /** Standard uncertainty of ∫ value dt, unit of the gauge × s. */
  doubt(): number
}

/**
 * Two things happen between readings of the moment, and nothing is seen of either.
 * - The value goes from one reading to the next at some time. A step of ΔP that lies anywhere in Δt is wrong by at most ½·Δt·ΔP when it is taken as a
 *   line; all times are equally likely: (Δt·ΔP)²/12 (JCGM 100:2008, 4.3.7).
 * - It goes up and down faster than it is read, so that each reading is one of many: with a variance σ² of its own each interval adds Δt²·σ².
 * Steps that stay make changes that follow one another independent; readings that scatter make them go back and forth, the mean product of a
 * change and the next is −σ² (Roll, J. Finance 39, 1984, tells noise in prices so). Of ΔP² then 2·σ² is scatter and the rest steps:
 * u² = Σ (Δt·ΔP)²/12 + ⅚·σ²·Σ Δt².
 */
export function betweenReadings(): Between {
  let steps = 0
  let squares = 0
  let products = 0
  let pairs = 0
  let before = Number.NaN
  return {
    add(step, seconds) {
      steps += (step * seconds) ** 2
      squares += seconds ** 2
      if (!Number.isNaN(before)) {
        products += before * step
        pairs += 1
      }
      before = step
    },
    doubt() {
      const scatter = pairs === 0 ? 0 : Math.max(0, -products / pairs)
      return Math.sqrt(steps / 12 + (5 / 6) * scatter * squares)
    },
  }
}

const DAY = 86_400_000
/** Clocks change at multiples of it (https://www.iana.org/time-zones, all zones since 1972), ms. */
const STEP = 900_000

/** Whether it is a name of the IANA database, or an offset such as +01:00. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/**
 * Times at which clocks of a zone show a date and time: none where they are set forward over it, two where they are set back.
 * @returns function of what the clock shows, as if it were UTC, ms; its results are of UTC, ms, ascending
 */
export function timesIn(zone: string): (shown: number) => readonly number[] {
  const offsetAt = offsetsOf(zone)
  const offsets = (shown: number): readonly number[] =>
    [...new Set([offsetAt(shown - DAY), offsetAt(shown + DAY)])].filter(
      offset => offsetAt(shown - offset) === offset,
    )
  const known = new Map<number, readonly number[] | null>()
  return shown => {
    const step = Math.floor(shown / STEP)
    let found = known.get(step)
    if (found === undefined) {
      const [first, last] = [offsets(step * STEP), offsets((step + 1) * STEP - 1)]
      found = first.join() === last.join() ? first : null
      known.set(step, found)
    }
    return (found ?? offsets(shown)).map(offset => shown - offset).sort((a, b) => a - b)
  }
}

/** What a zone's clocks are ahead of UTC, by the time in UTC; both ms. */
function offsetsOf(zone: string): (utc: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return utc => {
    const whole = Math.floor(utc / 1000) * 1000
    const part = new Map(format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]))
    const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? Number.NaN
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - whole
  }
}

/** A length for people, rounded to what matters: `45 s`, `3 min 20 s`, `14 min`, `2 h 51 min`, `3 d 4 h`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 600) return pair(whole, [60, 'min'], [1, 's'])
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 48 * 60) return pair(minutes, [60, 'h'], [1, 'min'])
  return pair(Math.round(minutes / 60), [24, 'd'], [1, 'h'])
}

function pair(
  value: number,
  [size, big]: readonly [number, string],
  [, small]: readonly [number, string],
): string {
  const rest = value % size
  return rest === 0
    ? `${Math.floor(value / size)} ${big}`
    : `${Math.floor(value / size)} ${big} ${rest} ${small}`
}

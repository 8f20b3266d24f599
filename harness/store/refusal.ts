/** Points of one measurement and field that are not stored and will not be by waiting. */
export interface Refusal {
  readonly measurement: string
  readonly field: string
  /** `here`: never sent, since line protocol or our own rules forbid it; `server`: InfluxDB did not take it. */
  readonly by: 'here' | 'server'
  /** The first reason that was given. */
  readonly reason: string
  readonly points: number
}

/** The same refusals with one entry per measurement, field and side, in the order of their first appearance. */
export function mergeRefusals(refusals: Iterable<Refusal>): readonly Refusal[] {
  const merged = new Map<string, Refusal>()
  for (const refusal of refusals) {
    const key = `${refusal.by} ${refusal.measurement} ${refusal.field}`
    const known = merged.get(key)
    merged.set(key, known === undefined ? refusal : { ...known, points: known.points + refusal.points })
  }
  return [...merged.values()]
}

export const countRefused = (refusals: readonly Refusal[]): number =>
  refusals.reduce((sum, refusal) => sum + refusal.points, 0)

export function isRefusal(value: unknown): value is Refusal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'measurement' in value &&
    typeof value.measurement === 'string' &&
    'field' in value &&
    typeof value.field === 'string' &&
    'by' in value &&
    (value.by === 'here' || value.by === 'server') &&
    'reason' in value &&
    typeof value.reason === 'string' &&
    'points' in value &&
    isCount(value.points)
  )
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const MAX_REASON = 300

/** A server's or system's words, fit for a file and a terminal: one line, bounded, and never with a secret in it. */
export function publicReason(text: string, secrets: readonly string[] = []): string {
  const hidden = secrets
    .filter(secret => secret !== '')
    .reduce((left, secret) => left.replaceAll(secret, '***'), text)
  const line = hidden.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line
}

/** One transaction in pgbench's log. */
export type Transaction =
  | {
      readonly outcome: 'done' | 'failed' /** End, wall clock, µs. */
      readonly at: number /** µs from its scheduled start; null for a failed one. */
      readonly latency: number | null
    }
  | { readonly outcome: 'skipped'; readonly at: number }

/** Words in place of a time: PostgreSQL 15 and later name failures, in detail where asked for. */
const FAILED = new Set([
  'failed',
  'serialization',
  'deadlock',
  'other',
  'serialization_failure',
  'deadlock_failure',
])

/**
 * A line of the per-transaction log of PostgreSQL 13 to 17 (pgbench, section "Per-Transaction Logging"):
 * `client transaction time script epoch-seconds microseconds [schedule_lag] [retries]`, where time is µs, or a word. With a rate
 * the time counts from the scheduled start, so waiting for the server is in it. undefined: not such a line.
 */
export function parseTransaction(line: string): Transaction | undefined {
  const [client, number, time, script, second, micro, ...more] = line.split(' ')
  if (client === undefined || number === undefined || script === undefined || time === undefined)
    return undefined
  if (![client, number, script].every(isCount) || more.length > 2 || !more.every(isCount)) return undefined
  if (second === undefined || micro === undefined || !isCount(second) || !isCount(micro)) return undefined
  const at = Number(second) * 1_000_000 + Number(micro)
  if (!Number.isSafeInteger(at) || Number(micro) >= 1_000_000) return undefined
  if (time === 'skipped') return { outcome: 'skipped', at }
  if (FAILED.has(time)) return { outcome: 'failed', at, latency: null }
  return isCount(time) ? { outcome: 'done', at, latency: Number(time) } : undefined
}

const isCount = (text: string): boolean => /^\d{1,15}$/.test(text)

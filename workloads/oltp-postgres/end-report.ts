/** What pgbench counted; null: a line that its version or its options do not have. */
export interface EndReport {
  readonly done: number
  readonly failed: number | null
  readonly skipped: number | null
}

const DONE = /^number of transactions actually processed: (\d{1,15})(?:\/\d+)?$/m
const FAILED = /^number of failed transactions: (\d{1,15})\b/m
const SKIPPED = /^number of transactions skipped: (\d{1,15})\b/m

/** Reads the report that pgbench of PostgreSQL 13 to 17 prints at its end (its function printResults); undefined: there is none. */
export function parseEndReport(text: string): EndReport | undefined {
  const count = (pattern: RegExp): number | null => {
    const found = pattern.exec(text)?.[1]
    return found === undefined ? null : Number(found)
  }
  const done = count(DONE)
  return done === null ? undefined : { done, failed: count(FAILED), skipped: count(SKIPPED) }
}

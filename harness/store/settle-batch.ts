import type { WriteAnswer, WriteLines } from './influx-write.ts'
import { lineFamily } from './line.ts'
import type { Refusal } from './refusal.ts'
import type { BatchOutcome } from './run-spool.ts'

export type Unsettled = Extract<WriteAnswer, { kind: 'wait' | 'blocked' }>
export type Settled = { readonly kind: 'settled'; readonly outcome: BatchOutcome } | Unsettled

type RefusedLine = BatchOutcome['refused'][number]

/**
 * Sends lines until each is stored or refused. When the server refuses some, it stores the rest but names only a count: the lines are split by
 * measurement and field, then halved, until exactly the refused ones are left. A line counts as stored only when a request with it got 204.
 * When the connection fails in between, the whole batch goes on waiting: sending it again changes nothing at the server.
 */
export async function settleBatch(
  write: WriteLines,
  lines: readonly string[],
  signal: AbortSignal,
): Promise<Settled> {
  const refused: RefusedLine[] = []
  const stopped = await settle(lines)
  return stopped ?? { kind: 'settled', outcome: { refused } }

  async function settle(part: readonly string[]): Promise<Unsettled | null> {
    const answer = await write(part, signal)
    if (answer.kind === 'stored') return null
    if (answer.kind === 'wait' || answer.kind === 'blocked') return answer
    const families = byFamily(part)
    const allDropped = answer.kind === 'refused' && families.length === 1 && answer.dropped === part.length
    if (part.length === 1 || allDropped) {
      for (const line of part) refused.push({ line, refusal: refusalOf(line, answer.reason) })
      return null
    }
    for (const piece of families.length > 1 && answer.kind === 'refused' ? families : halves(part)) {
      const stopped = await settle(piece)
      if (stopped !== null) return stopped
    }
    return null
  }
}

const refusalOf = (line: string, reason: string): Refusal => ({
  ...lineFamily(line),
  by: 'server',
  reason,
  points: 1,
})

function byFamily(lines: readonly string[]): readonly (readonly string[])[] {
  const families = new Map<string, string[]>()
  for (const line of lines) {
    const { measurement, field } = lineFamily(line)
    const key = `${measurement} ${field}`
    const known = families.get(key)
    if (known === undefined) families.set(key, [line])
    else known.push(line)
  }
  return [...families.values()]
}

function halves(lines: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(lines.length / 2)
  return [lines.slice(0, middle), lines.slice(middle)]
}

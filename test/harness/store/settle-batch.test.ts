import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WriteAnswer, WriteLines } from '../../../harness/store/influx-write.ts'
import { settleBatch } from '../../../harness/store/settle-batch.ts'

const signal = new AbortController().signal
const line = (field: string, n: number): string => `cpu,run=r ${field}=${n} 1`

/** A server that does not take some lines, stores the others, and names a count or nothing. */
function server(
  refuses: (line: string) => boolean,
  o: { readonly counts: boolean; readonly failAfter?: number },
): {
  readonly write: WriteLines
  readonly stored: Set<string>
  requests: number
} {
  const state = {
    stored: new Set<string>(),
    requests: 0,
    write: async (lines: readonly string[]): Promise<WriteAnswer> => {
      state.requests += 1
      if (state.requests === o.failAfter)
        return { kind: 'wait', reason: 'gone', answered: false, afterSeconds: null }
      const bad = lines.filter(refuses)
      for (const good of lines) if (!refuses(good)) state.stored.add(good)
      return bad.length === 0
        ? { kind: 'stored' }
        : {
            kind: 'refused',
            reason: `partial write dropped=${bad.length}`,
            dropped: o.counts ? bad.length : null,
          }
    },
  }
  return state
}

const linesArbitrary = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(99)), {
  selector: String,
  maxLength: 60,
})

test('law: exactly the refused lines are left, every other is stored, whether the server counts or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      linesArbitrary,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (pairs, modulus, counts) => {
        const lines = pairs.map(([field, n]) => line(field, n))
        const refuses = (text: string): boolean =>
          text.includes(' b=') || Number(/=(\d+) 1$/.exec(text)?.[1]) % modulus === 0
        const double = server(refuses, { counts })
        const settled = await settleBatch(double.write, lines, signal)
        if (settled.kind !== 'settled') throw new Error('not settled')
        expect(settled.outcome.refused.map(r => r.line).sort()).toEqual(lines.filter(refuses).sort())
        expect([...double.stored].sort()).toEqual(lines.filter(text => !refuses(text)).sort())
        expect(
          settled.outcome.refused.every(
            r => r.refusal.measurement === 'cpu' && r.line.includes(` ${r.refusal.field}=`),
          ),
        ).toBe(true)
      },
    ),
    { numRuns: 200, seed: 41 },
  )
})

test('a field that is refused as a whole costs one request, not one per line', async () => {
  const lines = ['a', 'b', 'c'].flatMap(field => Array.from({ length: 1000 }, (_, n) => line(field, n)))
  const double = server(text => text.includes(' b='), { counts: true })
  await settleBatch(double.write, lines, signal)
  expect(double.requests).toBe(4)
})

test('a connection that fails in between leaves the whole batch waiting', async () => {
  const lines = [line('a', 1), line('b', 1)]
  const double = server(text => text.includes(' b='), { counts: true, failAfter: 3 })
  expect(await settleBatch(double.write, lines, signal)).toMatchObject({ kind: 'wait', reason: 'gone' })
})

test('what is too large for a request is sent in halves, a single line that is too large is refused', async () => {
  const sizes: number[] = []
  const write: WriteLines = async lines => {
    sizes.push(lines.length)
    return lines.length > 2 || lines.some(text => text.includes('99'))
      ? { kind: 'too-large', reason: '413: too large' }
      : { kind: 'stored' }
  }
  const settled = await settleBatch(write, [line('a', 1), line('a', 2), line('a', 3), line('a', 99)], signal)
  expect(sizes).toEqual([4, 2, 2, 1, 1])
  expect(settled).toMatchObject({
    kind: 'settled',
    outcome: { refused: [{ line: line('a', 99), refusal: { reason: '413: too large' } }] },
  })
})

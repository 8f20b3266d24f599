import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findWorkFile, inChunks, textLines } from '../../workloads/text-lines.ts'

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('law: however a stream is cut, the lines are the same and a torn last one is left out', async () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map(text => text.replaceAll('\n', ''))
  await fc.assert(
    fc.asyncProperty(fc.array(line), line, fc.array(fc.nat(30)), async (lines, torn, sizes) => {
      const bytes = new TextEncoder().encode([...lines, torn].join('\n'))
      expect(await collect(textLines(pieces(bytes, sizes)))).toEqual(lines)
    }),
    { seed: 1 },
  )
})

test('a line too long to be one of ours comes as null and does not fill the memory', async () => {
  const long = new TextEncoder().encode(`a\n${'x'.repeat(300_000)}\nb\n`)
  expect(await collect(textLines(pieces(long, [1000, 90_000, 90_000, 90_000])))).toEqual(['a', null, 'b'])
})

test('a work file is found as it is or compressed', () => {
  expect(findWorkFile(['a.log.gz', 'b'], 'a.log')).toBe('a.log.gz')
  expect(findWorkFile(['a.log', 'a.log.gz'], 'a.log')).toBe('a.log')
  expect(findWorkFile(['b'], 'a.log')).toBeUndefined()
})

test('chunks are full but for the last', async () => {
  const numbers = async function* () {
    yield* [1, 2, 3, 4, 5]
  }
  expect(await collect(inChunks(numbers(), 2))).toEqual([[1, 2], [3, 4], [5]])
})

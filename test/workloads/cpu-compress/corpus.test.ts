import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { corpus } from '../../../workloads/cpu-compress/corpus.ts'
import { sha256 } from '../../../workloads/sha256.ts'

test('equal seeds give equal data, on every machine', async () => {
  expect(await sha256(corpus(1, 1_000_003))).toBe(
    '9aceebac75b5090fc6bfa7a58226e5e5af688c2094a43a265f599cf6be818b6e',
  )
  expect(corpus(2, 1000)).not.toEqual(corpus(1, 1000))
})

test('it compresses about as well as mixed files do, in every part', () => {
  const data = corpus(1, 4_194_304)
  for (let at = 0; at < data.length; at += 1_048_576) {
    const share = deflateSync(data.subarray(at, at + 1_048_576)).length / 1_048_576
    expect(share).toBeGreaterThan(0.3)
    expect(share).toBeLessThan(0.7)
  }
})

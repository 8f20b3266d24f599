import { expect, test } from 'vitest'
import { makeSums, sumAgrees } from '../../../harness/transport/checksum.ts'
import { makeCksum } from '../../../harness/transport/cksum.ts'

test.each([
  // printf '' | cksum, and so on (coreutils)
  ['', '4294967295'],
  ['123456789', '930766865'],
  ['a\n', '2418082923'],
])('the sum of %j is %s', (text, sum) => {
  const cksum = makeCksum()
  cksum.update(Buffer.from(text))
  expect(cksum.digest()).toBe(sum)
})

test('the way it is cut does not matter', () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 37) % 256))
  const [whole, parts] = [makeCksum(), makeCksum()]
  whole.update(bytes)
  for (let at = 0; at < bytes.length; at += 77) parts.update(bytes.subarray(at, at + 77))
  expect(parts.digest()).toBe(whole.digest())
})

test('a host may say any of three sums, and a wrong one is noticed', () => {
  const sums = makeSums()
  sums.update(Buffer.from('123456789'))
  const ours = sums.digest()
  expect(sumAgrees('cksum 930766865\n', ours)).toBe(true)
  expect(sumAgrees('sha256 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225', ours)).toBe(
    true,
  )
  expect(sumAgrees('none -', ours)).toBe(true)
  expect(sumAgrees('cksum 1', ours)).toBe(false)
  expect(sumAgrees('sha256 00', ours)).toBe(false)
  expect(sumAgrees('', ours)).toBe(false)
})

import { expect, test } from 'vitest'
import { backOff } from '../../../harness/store/back-off.ts'

test('delays double up to the most, lie in the upper half, start anew after a success, and are the seed’s', () => {
  const limits = { firstSeconds: 1, mostSeconds: 20 }
  const delays = backOff(limits, 7)
  const drawn = Array.from({ length: 8 }, () => delays.failed(null))
  drawn.forEach((delay, i) => {
    const whole = Math.min(20, 2 ** i)
    expect(delay).toBeGreaterThanOrEqual(whole / 2)
    expect(delay).toBeLessThanOrEqual(whole)
  })
  delays.succeeded()
  expect(delays.failed(null)).toBeLessThanOrEqual(1)
  const same = backOff(limits, 7)
  expect(Array.from({ length: 8 }, () => same.failed(null))).toEqual(drawn)
})

test('the server’s wish counts, up to the most', () => {
  const delays = backOff({ firstSeconds: 1, mostSeconds: 20 }, 1)
  expect(delays.failed(7)).toBe(7)
  expect(delays.failed(9999)).toBe(20)
})

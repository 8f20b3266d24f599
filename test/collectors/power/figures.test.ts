import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { energy, power } from '../../../collectors/power/meter/figures.ts'

test('power is watts, whatever it is written in; 0, less and no number are flaws, and so is what no machine takes', () => {
  expect(power('338')).toEqual({ value: 338 })
  expect(power('29859017', 'uW')).toEqual({ value: 29.859017 })
  expect(power('121', 'kW', 100)).toEqual({ value: 1210 })
  for (const text of ['0', '-1', '-0.5']) expect(power(text), text).toEqual({ flaw: 'not positive' })
  for (const text of ['65535', '1e308', '160000'])
    expect(power(text), text).toEqual({ flaw: 'beyond any machine' })
  for (const text of ['N/A', '', ' ', 'NaN', '+Inf', '[N/A]', undefined])
    expect(power(text), text).toEqual({ flaw: 'not a number' })
})

test('a counter keeps all its digits', () => {
  expect(energy('12.345', 'kWh')).toEqual({ value: 44_442_000_000_000n })
  expect(energy('325675.00', 'kWh')).toEqual({ value: 1_172_430_000_000_000_000n })
  expect(energy('9007199254740993', 'uJ')).toEqual({ value: 9_007_199_254_740_993n })
  expect(energy('1.5e+06', 'J')).toEqual({ value: 1_500_000_000_000n })
  expect(energy('2.40422366267e+05', 'J')).toEqual({ value: 240_422_366_267n })
  expect(energy('19516', 'kWh', { per: 10n })).toEqual({ value: 7_025_760_000_000_000n })
  expect(energy('0', 'Wh')).toEqual({ value: 0n })
  expect(energy('-1', 'Wh')).toEqual({ flaw: 'not positive' })
  for (const text of ['N/A', '1e999', '1,5', undefined])
    expect(energy(text, 'Wh'), text).toEqual({ flaw: 'not a number' })
})

test('a larger reading never becomes a smaller counter', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map(x => energy(x.toFixed(6), 'kWh'))
        expect(
          low !== undefined &&
            'value' in low &&
            high !== undefined &&
            'value' in high &&
            low.value <= high.value,
        ).toBe(true)
      },
    ),
    { seed: 5 },
  )
})

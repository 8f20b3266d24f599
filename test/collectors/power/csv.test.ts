import { expect, test } from 'vitest'
import { csv } from '../../../collectors/power/csv.ts'

const PLAIN = {
  time: { columns: ['t'], format: 'YYYY-MM-DD HH:mm:ss', zone: 'UTC' },
  figures: [{ power: 'P', power_unit: 'W' }],
  clock_offset: 0,
}

test('power is the mean since the row before; energy is taken where every input counts it', () => {
  expect(csv.bind(PLAIN).nature).toMatchObject({
    kind: 'wall-meter',
    reads: 'interval-average',
    take: 'power',
  })
  const counts = (instance: string) => ({ instance, power: 'P', energy: 'WP' })
  const take = (...figures: object[]) => csv.bind({ ...PLAIN, figures: figures as never }).nature
  expect(take(counts('a'), counts('b'))).toMatchObject({
    take: 'energy',
    scope: 'wall AC, 2 inputs of the analyzer',
  })
  expect(take(counts('a'), { instance: 'b', power: 'P' })).toMatchObject({ take: 'power' })
})

test('what is kept is read with the decimal sign of the file', () => {
  const comma = csv.bind({ ...PLAIN, decimal: ',' })
  expect(comma.read({ 'power kW total': '0,0873' })).toEqual([{ instance: 'total', power: { value: 87.3 } }])
  expect(comma.read({ 'power W total': '87.3' })).toEqual([
    { instance: 'total', power: { flaw: 'not a number' } },
  ])
  expect(comma.read({ 'energy Wh total': '1,5' })).toEqual([
    { instance: 'total', energy: { value: 5_400_000_000n } },
  ])
  expect(() => comma.read({ 'power VA total': '87' })).toThrow('not a row of an analyzer')
})

test('it is never asked', async () => {
  await expect(csv.bind(PLAIN).talk({ kind: 'file' }).poll()).rejects.toMatchObject({ fault: 'absent' })
})

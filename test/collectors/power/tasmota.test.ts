import { expect, test } from 'vitest'
import { tasmota } from '../../../collectors/power/tasmota.ts'
import { faultOf, httpOf, polled } from './meter-case.ts'

const PATH = '/cm?cmnd=Status%2010'
const status = (ENERGY: object) => httpOf({ [PATH]: { StatusSNS: { Time: '2026-11-27T09:00:00', ENERGY } } })

test('active power is taken, never volt-amperes', async () => {
  const link = status({ Total: 12.345, Today: 0.1, Power: 87, ApparentPower: 99, ReactivePower: 47 })
  expect((await polled(tasmota, {}, link)).values).toEqual([
    { instance: 'total', power: { value: 87 }, energy: { value: 44_442_000_000_000n } },
  ])
})

test('of several channels one is taken; one that is not there is absent', async () => {
  const link = status({ Power: [10, 20], Total: [1, 2] })
  expect((await polled(tasmota, { channel: 2 }, link)).values[0]?.power).toEqual({ value: 20 })
  expect(await faultOf(tasmota, { channel: 3 }, link)).toBe('absent: channel 3 measures no power')
  expect(await faultOf(tasmota, {}, status({ ApparentPower: 99 }))).toBe(
    'absent: channel 1 measures no power',
  )
})

test('a wrong password comes with status 200 and a warning', async () => {
  const link = httpOf({ [PATH]: { WARNING: 'Need user=<username>&password=<password>' } })
  expect(await faultOf(tasmota, {}, link)).toBe('credentials: user or password is wrong')
  expect(await faultOf(tasmota, {}, httpOf({ [PATH]: '{}' }))).toMatch(/^garbage/)
})

import { expect, test } from 'vitest'
import { shelly } from '../../../collectors/power/shelly.ts'
import { faultOf, httpOf, polled } from './meter-case.ts'

test('generation 2 has power and a counter of Wh, by component', async () => {
  const link = httpOf({
    '/rpc/Switch.GetStatus?id=0': {
      id: 0,
      output: true,
      apower: 87.3,
      voltage: 231.2,
      aenergy: { total: 1000.025 },
    },
    '/rpc/EM1.GetStatus?id=1': { id: 1, act_power: 412.5, aprt_power: 455.1 },
    '/rpc/EM.GetStatus?id=0': { id: 0, total_act_power: 1210.4, total_aprt_power: 1300 },
    '/rpc/PM1.GetStatus?id=0': { id: 0 },
  })
  const at = async (settings: object) => (await polled(shelly, settings as never, link)).values
  expect(await at({})).toEqual([
    { instance: 'total', power: { value: 87.3 }, energy: { value: 3_600_090_000_000n } },
  ])
  expect(await at({ component: 'em1', channel: 1 })).toEqual([{ instance: 'total', power: { value: 412.5 } }])
  expect(await at({ component: 'em' })).toEqual([{ instance: 'total', power: { value: 1210.4 } }])
  expect(await faultOf(shelly, { component: 'pm1' }, link)).toBe('absent: PM1 0 measures no power')
  expect(await faultOf(shelly, { channel: 3 }, link)).toMatch(/^absent/)
})

test('generation 1 counts watt-minutes, and says when a reading is not valid', async () => {
  const link = httpOf({
    '/meter/0': { power: 22.65, is_valid: true, total: 60 },
    '/meter/1': { power: 0, is_valid: false },
    '/meter/2': 'Not Found',
  })
  expect((await polled(shelly, { generation: '1' }, link)).values).toEqual([
    { instance: 'total', power: { value: 22.65 }, energy: { value: 3_600_000_000n } },
  ])
  expect((await polled(shelly, { generation: '1', channel: 1 }, link)).values).toEqual([
    { instance: 'total', power: { flaw: 'not a number' } },
  ])
  expect(await faultOf(shelly, { generation: '1', channel: 2 }, link)).toMatch(/^garbage/)
})

import { expect, test } from 'vitest'
import { nut } from '../../../collectors/power/nut.ts'
import { faultOf, linesOf, polled } from './meter-case.ts'

test('variables of active power, each an instance', async () => {
  const link = linesOf({
    'GET VAR rack outlet.1.realpower': 'VAR rack outlet.1.realpower "210"',
    'GET VAR rack outlet.2.realpower': 'VAR rack outlet.2.realpower "0"',
  })
  const settings = { ups: 'rack', variables: ['outlet.1.realpower', 'outlet.2.realpower'] }
  expect((await polled(nut, settings, link)).values).toEqual([
    { instance: 'outlet.1.realpower', power: { value: 210 } },
    { instance: 'outlet.2.realpower', power: { flaw: 'not positive' } },
  ])
})

test('volt-amperes and per cent are not asked for', () => {
  const fits = (...variables: string[]) => nut.settings.safeParse({ ups: 'rack', variables }).success
  expect(fits('ups.realpower', 'input.realpower', 'outlet.12.realpower')).toBe(true)
  for (const other of ['ups.power', 'ups.load', 'ups.realpower.nominal', 'ups.realpower\nLOGOUT'])
    expect(fits(other), other).toBe(false)
})

test.each([
  ['ERR UNKNOWN-UPS', /^absent: the server has no UPS of that name/],
  ['ERR VAR-NOT-SUPPORTED', /^absent: the device has no such variable/],
  ['ERR ACCESS-DENIED', /^forbidden/],
  ['ERR DATA-STALE', /^slow: the driver has not heard/],
  ['ERR DRIVER-NOT-CONNECTED', /^slow/],
  ['ERR SOMETHING-NEW', /^garbage: the server says SOMETHING-NEW/],
  ['HTTP/1.1 400 Bad Request', /^garbage: not what a server of NUT says/],
])('%s', async (answer, fault) => {
  expect(await faultOf(nut, { ups: 'rack' }, linesOf({ 'GET VAR rack ups.realpower': answer }))).toMatch(
    fault,
  )
})

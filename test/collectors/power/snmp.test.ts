import { expect, test } from 'vitest'
import { snmp } from '../../../collectors/power/snmp.ts'
import type { SnmpLink } from '../../../harness/model/meter.ts'
import { faultOf, polled } from './meter-case.ts'

const agent = (objects: Readonly<Record<string, string>>): SnmpLink => ({
  kind: 'snmp',
  get: async oids => new Map(oids.flatMap(oid => (objects[oid] === undefined ? [] : [[oid, objects[oid]]]))),
})
const RARITAN = '1.3.6.1.4.1.13742.6'
const raritan = (of: {
  readonly unit?: string
  readonly digits?: string
  readonly value?: string
}): SnmpLink =>
  agent({
    [`${RARITAN}.5.2.3.1.4.1.1.5`]: of.value ?? '4127',
    [`${RARITAN}.3.3.4.1.7.1.1.5`]: of.digits ?? '1',
    [`${RARITAN}.3.3.4.1.6.1.1.5`]: of.unit ?? '3',
  })
const inlet = { device: 'raritan-inlet' }

test('Raritan’s digits are the device’s own: as many as it states, and none are guessed', async () => {
  expect((await polled(snmp, inlet, raritan({}))).values).toEqual([
    { instance: 'inlet 1', power: { value: 412.7 } },
  ])
  expect((await polled(snmp, inlet, raritan({ digits: '0' }))).values).toEqual([
    { instance: 'inlet 1', power: { value: 4127 } },
  ])
  for (const digits of ['-1', '12', 'x', '1.5'])
    expect((await polled(snmp, inlet, raritan({ digits }))).values, digits).toEqual([{ instance: 'inlet 1' }])
})

test('what the device states in another unit than W (VA is 4) is no power', async () => {
  expect((await polled(snmp, inlet, raritan({ unit: '4' }))).values).toEqual([{ instance: 'inlet 1' }])
})

test('−1 and 0 of an outlet are no figures', async () => {
  const outlets = { device: 'apc-outlets', outlets: [1, 2] }
  const at = (outlet: number) => `1.3.6.1.4.1.318.1.1.26.9.4.3.1.7.${outlet}`
  expect((await polled(snmp, outlets, agent({ [at(1)]: '-1', [at(2)]: '0' }))).values).toEqual([
    { instance: 'outlet 1', power: { flaw: 'not positive' } },
    { instance: 'outlet 2', power: { flaw: 'not positive' } },
  ])
  expect(await faultOf(snmp, outlets, agent({ [at(1)]: '40' }))).toBe(
    'absent: it has no object for the power of outlet 2',
  )
})

test('steps of 10 W are known, so that they count in the uncertainty', () => {
  const resolution = (device: string): number | undefined => snmp.bind({ device }).nature.resolution
  expect([resolution('apc-device'), resolution('apc-legacy'), resolution('raritan-inlet')]).toEqual([
    10,
    1,
    undefined,
  ])
})

test.each([
  [{ device: 'apc-outlets' }, 'outlets'],
  [{ device: 'apc-device', outlets: [1] }, 'outlets'],
  [{ device: 'objects' }, 'objects'],
  [{ device: 'apc-outlets', outlets: [3, 3] }, 'outlets'],
  [{ device: 'apc-outlets', outlets: [3], unit: 2 }, 'unit'],
  [{ device: 'apc-legacy', unit: 2 }, 'unit'],
  [
    {
      device: 'objects',
      objects: [
        { instance: 'x', power: '1.3.6.1.4.1' },
        { instance: 'x', power: '1.3.6.1.4.2' },
      ],
    },
    'objects',
  ],
  [{ device: 'apc-device', objects: [{ instance: 'x', power: '1.3.6.1.4.1' }] }, 'objects'],
  [{ device: 'objects', objects: [{ instance: 'x' }] }, 'objects'],
  [{ device: 'objects', objects: [{ instance: 'x', power: 'sysDescr.0' }] }, 'objects'],
])('%j is refused at %s', (settings, path) => {
  expect(snmp.settings.safeParse(settings).error?.issues[0]?.path[0]).toBe(path)
})

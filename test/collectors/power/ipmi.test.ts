import { expect, test } from 'vitest'
import { ipmi } from '../../../collectors/power/ipmi.ts'
import { type IpmiLink, MeterError } from '../../../harness/model/meter.ts'
import { faultOf, polled } from './meter-case.ts'

const saying = (answer: string | MeterError): IpmiLink & { readonly asked: string[] } => {
  const asked: string[] = []
  return {
    kind: 'ipmi',
    asked,
    async run(words) {
      asked.push(words.join(' '))
      if (answer instanceof MeterError) throw answer
      return answer
    },
  }
}
/** 237 W now, 231 W on average over 1000 ms. */
const DCMI = ' dc ed 00 70 00 95 01 e7 00 4b b7 09 6b e8 03 00\n 00 40\n'

test('the power of now counts, not the least, most or mean beside it', async () => {
  const link = saying(DCMI)
  const { said, values } = await polled(ipmi, {}, link)
  expect(values).toEqual([{ instance: 'total', power: { value: 237 } }])
  expect(said).toMatchObject({ watts: '237', average: '231', period_ms: '1000' })
  expect(link.asked).toEqual(['raw 0x2c 0x02 0xdc 0x01 0x00 0x00'])
})

test.each([
  ['', /^garbage/],
  ['dc ed 00', /^garbage/],
  [DCMI.replace('dc', 'dd'), /^garbage/],
  [DCMI.replace('ed', 'zz'), /^garbage/],
  [DCMI.replace('40', '00'), /^absent: its power measurement is switched off/],
])('%j', async (answer, fault) => {
  expect(await faultOf(ipmi, {}, saying(answer))).toMatch(fault)
})

test('sensors by name, each an instance; one without a reading has no figure', async () => {
  const settings = { reading: 'sensors', sensors: ['PS1 Input Power', 'PS2 Input Power'] }
  const list =
    'Fan1,4200,RPM,ok\nPS1 Input Power,120,Watts,ok\nPS2 Input Power,,Watts,ns\nInlet Temp,21,degrees C,ok\n'
  expect((await polled(ipmi, settings, saying(list))).values).toEqual([
    { instance: 'PS1 Input Power', power: { value: 120 } },
    { instance: 'PS2 Input Power', power: { flaw: 'not a number' } },
  ])
  expect(await faultOf(ipmi, { ...settings, sensors: ['Inlet Temp'] }, saying(list))).toBe(
    'absent: sensor Inlet Temp is no sensor of power',
  )
  expect(await faultOf(ipmi, { ...settings, sensors: ['Total'] }, saying(list))).toBe(
    'absent: it has no sensor Total',
  )
})

test('names of sensors hold nothing that ipmitool or a list would take for something else', () => {
  const fits = (...sensors: string[]) => ipmi.settings.safeParse({ reading: 'sensors', sensors }).success
  expect(fits('Sys Power', 'PS1-Pin')).toBe(true)
  for (const other of ['', ' x', 'x ', 'a\nb', 'seventeen letters']) expect(fits(other), other).toBe(false)
  expect(ipmi.settings.safeParse({ reading: 'sensors' }).success).toBe(false)
  expect(ipmi.settings.safeParse({ sensors: ['x'] }).success).toBe(false)
})

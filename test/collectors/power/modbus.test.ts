import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberOf } from '../../../collectors/power/modbus/registers.ts'
import { modbus } from '../../../collectors/power/modbus.ts'
import { MeterError } from '../../../harness/model/meter.ts'
import { faultOf, polled, registersOf } from './meter-case.ts'

/** Registers that follow one another, from an address on. */
const words = (first: number, ...values: readonly number[]): [number, number][] =>
  values.map((value, i) => [first + i, value])
const float = (first: number, value: number): [number, number][] => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return words(first, view.getUint16(0), view.getUint16(2))
}
const flawsOf = (settings: object): readonly string[] =>
  (modbus.settings.safeParse(settings).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

describe('registers', () => {
  test('what follows one another is asked for at once, and nothing between', async () => {
    const link = registersOf(new Map([...float(10, 230.5), ...float(12, 7.25), ...float(16, 99)]))
    const registers = [
      { address: 12, unit: 'kWh' },
      { instance: 'b', address: 16, unit: 'W' },
      { address: 10, unit: 'W' },
    ]
    const { said, values } = await polled(modbus, { registers }, link)
    expect(link.asked.map(({ first, count }) => [first, count])).toEqual([
      [10, 4],
      [16, 2],
    ])
    expect(said).toEqual({ 'energy total': '7.25', 'power total': '230.5', 'power b': '99' })
    expect(values).toEqual([
      { instance: 'total', energy: { value: 26_100_000_000_000n }, power: { value: 230.5 } },
      { instance: 'b', power: { value: 99 } },
    ])
  })

  test('tables are told apart, and no question is longer than meters take', async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ instance: `i${i}`, address: 2 * i, unit: 'W' }))
    const link = registersOf(new Map(many.flatMap(({ address }) => float(address, address + 1))))
    const other = { instance: 'other', table: 'holding', address: 0, unit: 'W' }
    const { values } = await polled(modbus, { unit: 7, registers: [...many, other] }, link)
    expect(link.asked).toEqual([
      { unit: 7, table: 'holding', first: 0, count: 2 },
      { unit: 7, table: 'input', first: 0, count: 60 },
      { unit: 7, table: 'input', first: 60, count: 20 },
    ])
    expect(values.map(({ power }) => power)).toEqual([
      ...many.map(({ address }) => ({ value: address + 1 })),
      { value: 1 },
    ])
  })

  test.each([
    ['int16', [0xfffe], 'high-first', '-2'],
    ['uint16', [0xfffe], 'high-first', '65534'],
    ['int32', [0xffff, 0xfff0], 'high-first', '-16'],
    ['uint32', [0x0001, 0xe240], 'high-first', '123456'],
    ['uint32', [0xe240, 0x0001], 'low-first', '123456'],
    ['uint64', [0x0020, 0, 0, 1], 'high-first', '9007199254740993'],
    ['uint64', [1, 0, 0, 0x0020], 'low-first', '9007199254740993'],
    ['int64', [0xffff, 0xffff, 0xffff, 0xffff], 'high-first', '-1'],
    ['float32', [0x43ce, 0x4000], 'high-first', '412.5'],
    ['float32', [0x4000, 0x43ce], 'low-first', '412.5'],
    ['float32', [0x7fc0, 0], 'high-first', 'NaN'],
    ['float32', [0xff80, 0], 'high-first', '-Infinity'],
  ] as const)('%s of %j, %s, is %4$s', (type, registers, order, text) => {
    expect(numberOf(registers, { type, words: order })).toBe(text)
  })

  test.each([
    ['int16', [0x8000]],
    ['uint16', [0xffff]],
    ['int32', [0x8000, 0]],
    ['uint32', [0xffff, 0xffff]],
    ['int64', [0x8000, 0, 0, 0]],
    ['uint64', [0xffff, 0xffff, 0xffff, 0xffff]],
    ['float32', [0x7fc0, 0]],
    ['float32', [0x7f80, 0]],
  ] as const)('%s of %j says that there is no number, whatever the scale', async (type, registers) => {
    const link = registersOf(new Map(words(0, ...registers)))
    for (const scale of [1, -1, 1e-9])
      expect(
        (await polled(modbus, { registers: [{ address: 0, type, scale, unit: 'W' }] }, link)).values,
      ).toEqual([{ instance: 'total', power: { flaw: 'not a number' } }])
    expect((await polled(modbus, { registers: [{ address: 0, type, unit: 'Wh' }] }, link)).values).toEqual([
      { instance: 'total', energy: { flaw: 'not a number' } },
    ])
  })

  test('a scale takes no digit of a counter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: (1n << 64n) - 2n }), async count => {
        const four = [48n, 32n, 16n, 0n].map(shift => Number((count >> shift) & 0xffffn))
        const register = { address: 0, type: 'uint64', scale: 0.125, unit: 'mJ' }
        const link = registersOf(new Map(words(0, ...four)))
        expect((await polled(modbus, { registers: [register] }, link)).values).toEqual([
          { instance: 'total', energy: { value: count * 125n } },
        ])
      }),
      { seed: 20261127, numRuns: 200 },
    )
  })

  test('a current transformer that is turned round', async () => {
    const link = registersOf(new Map(float(0, -230.5)))
    const power = async (scale: number) =>
      (await polled(modbus, { registers: [{ address: 0, scale, unit: 'W' }] }, link)).values[0]?.power
    expect(await power(1)).toEqual({ flaw: 'not positive' })
    expect(await power(-1)).toEqual({ value: 230.5 })
  })

  test('energy is taken from power where there is any', () => {
    const takes = (...units: string[]) =>
      modbus.bind({
        registers: units.map((unit, i) => ({ instance: `i${i}`, address: i * 2, unit })),
      }).nature.take
    expect([takes('W', 'kWh'), takes('kWh'), takes('J', 'Wh')]).toEqual(['power', 'energy', 'energy'])
    expect(modbus.bind({ map: 'eastron-sdm630' }).nature.take).toBe('power')
    expect(modbus.bind({ map: 'sunspec' }).nature.take).toBe('power')
  })
})

test('settings that do not fit are told with their place', () => {
  const one = { address: 0, unit: 'W' }
  expect(flawsOf({})).toEqual(['map: exactly one of map and registers must be given'])
  expect(flawsOf({ map: 'sunspec', registers: [one] })).toEqual([
    'registers: exactly one of map and registers must be given',
  ])
  expect(flawsOf({ map: 'eastron-sdm72', meter: 2 })).toEqual(['meter: is used with map: sunspec alone'])
  expect(flawsOf({ registers: [one, { ...one, address: 2, unit: 'mW' }] })).toEqual([
    'registers.1: power total is there twice: give each instance one register of power and one of energy',
  ])
  expect(flawsOf({ registers: [{ ...one, address: 65_535 }] })).toEqual([
    'registers.0.address: its registers end beyond 65535',
  ])
  expect(flawsOf({ registers: [{ ...one, address: 65_535, type: 'uint16' }] })).toEqual([])
  for (const scale of [0, 1e10, 1 / 3, Number.NaN])
    expect(flawsOf({ registers: [{ ...one, scale }] }), String(scale)).toHaveLength(1)
  expect(flawsOf({ registers: [{ ...one, unit: 'VA' }] })).toHaveLength(1)
})

describe('SunSpec', () => {
  const MARK = [0x5375, 0x6e53]
  const integers = (o: { readonly watts?: number; readonly scale?: number } = {}): number[] =>
    Object.assign(Array<number>(107).fill(0), {
      0: 203,
      1: 105,
      18: o.watts ?? 4125,
      22: o.scale ?? 0xffff,
      46: 0x001d,
      47: 0xc789,
      54: 1,
    })
  const common = [1, 66, ...Array<number>(66).fill(0)]
  const map = (base: number, ...models: readonly (readonly number[])[]) =>
    new Map(words(base, ...MARK, ...models.flat(), 0xffff, 0))

  test.each([40_000, 50_000, 0, 40_001, 39_999])('a map at %d', async base => {
    const link = registersOf(map(base, common, integers()))
    expect((await polled(modbus, { map: 'sunspec' }, link)).values).toEqual([
      { instance: 'total', power: { value: 412.5 }, energy: { value: 19_516_250n * 3_600_000_000n } },
    ])
  })

  test('it is looked up once, and power and energy come in one answer', async () => {
    const link = registersOf(map(40_000, common, integers()))
    const talk = modbus.bind({ map: 'sunspec' }).talk(link)
    await talk.poll()
    link.asked.length = 0
    await talk.poll()
    expect(link.asked).toEqual([{ unit: 1, table: 'holding', first: 40_070, count: 55 }])
  })

  test.each([
    ['nothing', []],
    ['another model', [common, [160, 105, ...Array<number>(105).fill(0)]]],
  ])('where it was there is %s: that is said, and it is looked up anew', async (_, before) => {
    const registers = map(40_000, common, integers())
    const talk = modbus.bind({ map: 'sunspec' }).talk(registersOf(registers))
    await talk.poll()
    registers.clear()
    for (const [address, word] of map(40_000, ...before, integers({ watts: 3990 })))
      registers.set(address, word)
    await expect(talk.poll()).rejects.toThrow('its models are no longer where they were')
    expect(await talk.poll()).toMatchObject({ power: '3990', 'power scale': '-1' })
  })

  test.each([
    ['a scale that is not there', { scale: 0x8000 }, 'not a number'],
    ['power that is not there', { watts: 0x8000 }, 'not a number'],
    ['0 W', { watts: 0 }, 'not positive'],
    ['power that flows back', { watts: 0xff00 }, 'not positive'],
    ['65 kW', { watts: 6553, scale: 1 }, 'beyond any machine'],
  ])('%s', async (_, o, flaw) => {
    const link = registersOf(map(40_000, common, integers(o)))
    expect((await polled(modbus, { map: 'sunspec' }, link)).values[0]?.power).toEqual({ flaw })
  })

  test('no map, no meter, several meters, and a map without end', async () => {
    const fault = (registers: ReadonlyMap<number, number>, more: object = {}) =>
      faultOf(modbus, { map: 'sunspec', ...more }, registersOf(registers))
    expect(await fault(new Map())).toBe('absent: it has no map of SunSpec')
    expect(await fault(map(40_000, common))).toMatch(/^absent: it has no model of a meter/)
    const two = map(40_000, common, integers(), integers())
    expect(await fault(two)).toMatch(/^absent: it has 2 meters: say which under meter/)
    expect(await fault(two, { meter: 2 })).toBe('none')
    expect(await fault(two, { meter: 3 })).toMatch(/^absent: it has no meter 3/)
    const endless = map(0, ...Array.from({ length: 100 }, () => [1, 0]))
    expect(await fault(endless)).toBe('garbage: its models of SunSpec have no end')
    const cut = new Map([...map(40_000, common, integers())].slice(0, -2))
    expect(await fault(cut)).toBe('none')
    const short = map(40_000, [203, 30, ...Array<number>(30).fill(0)])
    expect(await fault(short)).toMatch(/^absent: it has no model of a meter/)
  })

  test('a device that is slow is not asked on', async () => {
    let asked = 0
    const link = {
      kind: 'modbus' as const,
      read: async () => {
        asked += 1
        throw new MeterError('slow', 'it is busy (exception 6)')
      },
    }
    expect(await faultOf(modbus, { map: 'sunspec' }, link)).toBe('slow: it is busy (exception 6)')
    expect(asked).toBe(1)
  })
})

import { z } from 'zod'
import type { MeterValue, Said } from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { MAPS } from './modbus/maps.ts'
import { askRegisters, figureOf, nameOf, quantityOf, Register } from './modbus/registers.ts'
import { sunspecTalk, sunspecValues } from './modbus/sunspec.ts'

const NAMES = Object.keys(MAPS) as [keyof typeof MAPS, ...(keyof typeof MAPS)[]]

const settings = z
  .strictObject({
    unit: z
      .number()
      .int()
      .min(0)
      .max(255)
      .default(1)
      .describe('Number of the device (unit, slave); behind a gateway it tells the meters apart.'),
    map: z
      .enum([...NAMES, 'sunspec'])
      .optional()
      .describe(
        'Meter whose registers are known, or sunspec: they are looked up in the device. Else give registers.',
      ),
    meter: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Of sunspec: which of several meters in the device, counted from 1.'),
    registers: z
      .array(Register)
      .min(1)
      .max(48)
      .optional()
      .describe(
        'Registers from a data sheet, or the path of a YAML file that has this list. Each with unit and address; and instance (total), table (input or holding), type (float32, int16, uint16, int32, uint32, int64, uint64), words (high-first or low-first), scale (1).',
      ),
  })
  .superRefine((s, ctx) => {
    const flaw = (path: (string | number)[], message: string): void =>
      ctx.addIssue({ code: 'custom', path, message })
    if ((s.map === undefined) === (s.registers === undefined))
      flaw([s.map === undefined ? 'map' : 'registers'], 'exactly one of map and registers must be given')
    if (s.meter !== undefined && s.map !== 'sunspec') flaw(['meter'], 'is used with map: sunspec alone')
    const names = (s.registers ?? []).map(nameOf)
    names.forEach((name, i) => {
      if (names.indexOf(name) < i)
        flaw(
          ['registers', i],
          `${name} is there twice: give each instance one register of power and one of energy`,
        )
    })
  })
type Settings = z.output<typeof settings>

/** Energy meters over Modbus/TCP, directly or behind a gateway. */
export const modbus = defineMeter({
  id: 'modbus',
  title: 'Modbus/TCP energy meter',
  about:
    'Active power and imported energy of an energy meter over Modbus/TCP, its own or a gateway’s: Eastron SDM120, SDM72 and SDM630, any meter with a model of SunSpec (201 to 204, 211 to 214), or any other with `registers` from its data sheet. Meters of one maker differ in their registers, the SDM630MCT from the SDM630 for one: compare what `check` reads with the display. The register of the total is taken, not the phases; give several instances only where they are several feeds. Registers that follow one another are asked for together. Energy is taken from power unless `take` says otherwise: counters of 1 Wh and coarser go in steps of 3.6 kJ and more; only where all registers are counters it is their difference. SDM meters are of class 1 (IEC 62053-21) in energy, but ±1 % of the maximum of the range in active power, and take about 1 s to follow a step: with 45 A at 230 V that is `accuracy: { reading_percent: 0, range_percent: 1, range_watts: 10350 }`, ±104 W at any load, so that a meter for a large current says little of one server. Without `accuracy` it is of class E0. Modbus knows no users: whoever reaches the port may read, and write.',
  link: 'modbus',
  login: ['none'],
  seconds: { least: 1, usual: 1 },
  settings,
  files: ['registers'],
  nature: s => ({
    kind: 'wall-meter',
    scope: 'wall AC, all that the meter feeds',
    reads: 'instant',
    take: registersOf(s)?.every(one => quantityOf(one) === 'energy') === true ? 'energy' : 'power',
  }),
  talk: (link, s) => {
    const registers = registersOf(s)
    return registers === null
      ? sunspecTalk(link, { unit: s.unit, meter: s.meter })
      : { poll: () => askRegisters(link, registers, s.unit) }
  },
  read: (said, s) => {
    const registers = registersOf(s)
    return registers === null ? sunspecValues(said) : valuesOf(said, registers)
  },
})

/** null: they are looked up in the device. */
function registersOf({ map, registers = [] }: Settings): readonly Register[] | null {
  if (map === 'sunspec') return null
  return map === undefined ? registers : MAPS[map]
}

function valuesOf(said: Said, registers: readonly Register[]): readonly MeterValue[] {
  const instances = [...new Set(registers.map(one => one.instance))]
  return instances.map(instance =>
    registers
      .filter(one => one.instance === instance)
      .reduce<MeterValue>((value, one) => ({ ...value, ...figureOf(said[nameOf(one)], one) }), { instance }),
  )
}

import { MeterError, type MeterValue, type Said } from '../../harness/model/meter.ts'
import { Unreadable } from '../parse/text.ts'
import { csvReader, plainNumber } from './csv/reader.ts'
import { type CsvSettings, csvSettings as settings } from './csv/settings.ts'
import { defineMeter } from './meter/define.ts'
import { type EnergyUnit, energy, MICROJOULES, type PowerUnit, power, WATTS } from './meter/figures.ts'

/** External power analyzers that write a file, which is brought in after the campaign. */
export const csv = defineMeter({
  id: 'csv',
  title: 'power analyzer that writes a CSV file',
  about:
    'Power and energy from the CSV file of a power analyzer that recorded by itself: Yokogawa WT, the files that OSCAR takes, or any with a date, a time and a column of active power. Nothing is asked during runs: `joulemark attach` brings the file in after the campaign, and until then runs have no total. `interval` is the time between two rows. Power is taken as the mean since the row before, as analyzers reckon it over their update interval; say `reads: instant` where rows are picked out of more. Its clock, zone and what happens when clocks are set back must be stated. Give `accuracy` from the data sheet at the ranges used, else it is of class E0.',
  link: 'file',
  login: ['none'],
  seconds: { least: 0.01, usual: 1 },
  settings,
  nature: ({ figures }) => ({
    kind: 'wall-meter',
    scope:
      figures.length === 1
        ? 'wall AC, what the analyzer feeds'
        : `wall AC, ${figures.length} inputs of the analyzer`,
    reads: 'interval-average',
    take: figures.every(one => one.energy !== undefined) ? 'energy' : 'power',
  }),
  talk: () => ({
    async poll() {
      throw new MeterError('absent', 'it is not asked: its file is attached after the campaign')
    },
  }),
  reader: (given, seconds) => csvReader(settings.parse(given), seconds),
  read: valuesOf,
})

/** Keys are `power W total`: what it is, its unit, whose. */
function valuesOf(said: Said, { decimal }: CsvSettings): readonly MeterValue[] {
  const values = new Map<string, MeterValue>()
  for (const [key, text] of Object.entries(said)) {
    const [, quantity, unit = '', instance = ''] = /^(power|energy) (\S{1,8}) (.{1,100})$/u.exec(key) ?? []
    const value = plainNumber(text, decimal)
    const before = values.get(instance) ?? { instance }
    if (quantity === 'power' && isPower(unit)) values.set(instance, { ...before, power: power(value, unit) })
    else if (quantity === 'energy' && isEnergy(unit))
      values.set(instance, { ...before, energy: energy(value, unit) })
    else throw new Unreadable('not a row of an analyzer')
  }
  return [...values.values()]
}

const isPower = (unit: string): unit is PowerUnit => Object.hasOwn(WATTS, unit)
const isEnergy = (unit: string): unit is EnergyUnit => Object.hasOwn(MICROJOULES, unit)

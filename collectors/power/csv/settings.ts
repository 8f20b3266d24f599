import { z } from 'zod'
import { formatFlaw, hasOffset } from './stamp.ts'
import { isZone } from './zone.ts'

const Column = z.union([z.string().min(1).max(200), z.number().int().min(1).max(1000)])

const Time = z
  .strictObject({
    columns: z
      .array(Column)
      .min(1)
      .max(4)
      .describe('Columns that make up a time, by name or number from 1; joined by a space.'),
    format: z
      .string()
      .min(1)
      .max(60)
      .describe(
        'Made of YYYY or YY, MM, DD, HH, mm, ss, .f (decimals, may be missing), ms (whole ms), Z (offset), and what stands between.',
      ),
    zone: z
      .string()
      .min(1)
      .max(60)
      .optional()
      .describe('IANA name, or +01:00 of a clock that never changes; needed where times have no Z.'),
    ambiguous: z
      .enum(['refuse', 'in-order', 'earlier', 'later'])
      .default('refuse')
      .describe(
        'Which is meant of a time that clocks show twice when they are set back; in-order: the one that goes on from the row before.',
      ),
  })
  .superRefine(({ format, zone }, ctx) => {
    const flaw = (path: string, message: string): void =>
      ctx.addIssue({ code: 'custom', path: [path], message })
    const wrong = formatFlaw(format)
    if (wrong !== null)
      flaw(
        'format',
        `${wrong}. It is made of YYYY or YY, MM, DD, HH, mm, ss, .f (decimals), ms, Z and what stands between`,
      )
    else if (hasOffset(format) && zone !== undefined)
      flaw('zone', 'is not used where times carry their offset (Z)')
    else if (!hasOffset(format) && zone === undefined)
      flaw(
        'zone',
        'is needed: a name such as Europe/Berlin, or an offset such as +01:00 of a clock that never changes',
      )
    if (zone !== undefined && !isZone(zone))
      flaw('zone', 'is no name of the IANA database, and no offset such as +01:00')
  })

const Figure = z
  .strictObject({
    instance: z
      .string()
      .regex(/^[^\p{Cc}]{1,100}$/u, 'must be a name')
      .default('total')
      .describe('Name of the input; `behind` may refer to it.'),
    power: Column.optional().describe('Column of active power, by name or number.'),
    power_unit: z
      .enum(['W', 'kW', 'mW', 'uW'])
      .optional()
      .describe('Its unit; needed where the header has none in brackets.'),
    energy: Column.optional().describe('Column of a counter of energy, by name or number.'),
    energy_unit: z
      .enum(['Wh', 'kWh', 'J', 'kJ', 'mJ', 'uJ', 'Wmin'])
      .optional()
      .describe('Its unit; needed where the header has none in brackets.'),
  })
  .refine(({ power, energy }) => power !== undefined || energy !== undefined, {
    message: 'names neither a column of power nor one of energy',
  })

export const csvSettings = z.strictObject({
  delimiter: z.enum([',', ';', '\t']).default(',').describe('What stands between fields.'),
  decimal: z.enum(['.', ',']).default('.').describe('Decimal sign.'),
  encoding: z
    .enum(['utf-8', 'utf-16le', 'windows-1252'])
    .default('utf-8')
    .describe('How its text is written.'),
  header_line: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(1)
    .describe('Line that names the columns; those before it are not read. 0: there is none.'),
  time: Time.describe(
    'When a row holds. `columns`: names or numbers, joined by a space; `format`: made of YYYY or YY, MM, DD, HH, mm, ss, .f (decimals, may be missing), ms (whole ms), Z (offset) and what stands between; `zone`: IANA name, or +01:00 of a clock that never changes, needed without Z; `ambiguous`: what a time is that clocks show twice when they are set back: `refuse` (default), `in-order` (the one that goes on from the row before), `earlier`, `later`.',
  ),
  figures: z
    .array(Figure)
    .min(1)
    .max(64)
    .refine(list => new Set(list.map(one => one.instance)).size === list.length, {
      message: 'two have the same instance',
    })
    .describe(
      'What is read: `instance` (default total), `power` and `power_unit` (W, kW, mW, uW), `energy` and `energy_unit` (Wh, kWh, J, kJ, mJ, uJ, Wmin). Columns by name or number; a unit is needed where the header has none in brackets. Energy is a counter.',
    ),
  clock_offset: z
    .union([z.number().min(-86_400).max(86_400), z.literal('found')])
    .describe(
      "How much the analyzer's clock is ahead of the controller's, s; it is taken off. `found`: up to a minute, from when power follows the CPU use of the hosts.",
    ),
  clock_doubt: z
    .number()
    .min(0)
    .max(60)
    .default(1)
    .describe('How well that is known, ± s; of one that is found, at least.'),
})
export type CsvSettings = z.output<typeof csvSettings>

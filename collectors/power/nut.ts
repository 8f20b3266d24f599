import { z } from 'zod'
import { type LineLink, MeterError, type Said } from '../../harness/model/meter.ts'
import { defineMeter } from './meter/define.ts'
import { power } from './meter/figures.ts'

const settings = z.strictObject({
  ups: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'must be the name of a UPS, as upsc -l lists it')
    .describe('Name of the UPS or PDU at the server.'),
  variables: z
    .array(
      z
        .string()
        .regex(
          /^(?:[a-z0-9]+\.){1,6}realpower$/,
          'must be a variable of active power, such as ups.realpower or outlet.1.realpower',
        ),
    )
    .min(1)
    .max(48)
    .default(['ups.realpower'])
    .describe('Variables of active power, W; each is one instance.'),
})

/** UPSes and PDUs behind a server of NUT. */
export const nut = defineMeter({
  id: 'nut',
  title: 'NUT (UPS, PDU)',
  about:
    "Active power of a UPS or PDU, or of its outlets, from the server of Network UPS Tools: variables that end in realpower, W. ups.power is in VA and ups.load in % of a nominal power: neither is taken for watts. Drivers ask devices every 2 s by default, so that readings lag by as much. The UPS's own losses are in ups.realpower or not, as its maker decides: say what is known with `scope`. Give `accuracy` from the data sheet, else it is of class E0.",
  link: 'lines',
  login: ['none', 'line'],
  seconds: { least: 1, usual: 2 },
  settings,
  nature: ({ variables }) => ({
    kind: 'wall-meter',
    scope: variables.every(one => one.startsWith('outlet.'))
      ? `wall AC, ${variables.length === 1 ? 'an outlet' : `${variables.length} outlets`}`
      : 'wall AC, all that the UPS or PDU feeds',
    reads: 'instant',
    take: 'power',
  }),
  talk: (link, { ups, variables }) => ({
    async poll(): Promise<Said> {
      const said: Record<string, string> = {}
      for (const variable of variables) said[variable] = await variableOf(link, ups, variable)
      return said
    },
  }),
  read: said => Object.entries(said).map(([instance, watts]) => ({ instance, power: power(watts) })),
})

/** Errors of the protocol: https://networkupstools.org/docs/developer-guide.chunked/net-protocol.html */
const FAULTS: Readonly<Record<string, ['absent' | 'forbidden' | 'credentials' | 'slow', string]>> = {
  'UNKNOWN-UPS': ['absent', 'the server has no UPS of that name'],
  'VAR-NOT-SUPPORTED': ['absent', 'the device has no such variable'],
  'ACCESS-DENIED': ['forbidden', 'the server does not let us read'],
  'USERNAME-REQUIRED': ['credentials', 'the server wants a user'],
  'PASSWORD-REQUIRED': ['credentials', 'the server wants a password'],
  'INVALID-PASSWORD': ['credentials', 'user or password is wrong'],
  'DRIVER-NOT-CONNECTED': ['slow', 'the server has lost the driver of the device'],
  'DATA-STALE': ['slow', 'the driver has not heard from the device for a while'],
}

async function variableOf(link: LineLink, ups: string, variable: string): Promise<string> {
  const answer = await link.ask(`GET VAR ${ups} ${variable}`)
  const [, value] = /^VAR \S+ \S+ "((?:[^"\\]|\\.){0,100})"$/.exec(answer) ?? []
  if (value !== undefined) return value
  const [, code = ''] = /^ERR ([A-Z-]+)/.exec(answer) ?? []
  const known = FAULTS[code]
  if (known !== undefined) throw new MeterError(known[0], known[1])
  throw new MeterError('garbage', code === '' ? 'not what a server of NUT says' : `the server says ${code}`)
}

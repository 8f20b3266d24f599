import { z } from 'zod'
import { SourceKind } from '../model/evidence.ts'
import type { LinkKind, MeterKind, MeterLogin } from '../model/meter.ts'
import { SecretSection } from './schema-host.ts'
import { FilePath, Id, Line } from './schema-words.ts'

/** What the file's schema needs of a kind of meter. */
export type MeterSchema = Pick<
  MeterKind,
  'id' | 'title' | 'link' | 'login' | 'settings' | 'files' | 'seconds'
>

const Url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL, such as https://bmc.example' })
  .refine(isBare, 'holds a user, a password, a path, a query or a fragment: give the address alone')

/** What is no URL at all is told elsewhere. */
function isBare(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { username, password, pathname, search, hash } = new URL(text)
  return `${username}${password}${search}${hash}` === '' && (pathname === '/' || pathname === '')
}

const User = z.string().regex(/^[^\s\p{Cc}:]{1,100}$/u, 'must be a user name')

/** Address and port. */
const at = (protocol: 'TCP' | 'UDP', usual: number) => ({
  address: z
    .string()
    .regex(
      /^(?!-)[^\s\p{Cc}[\]@/]{1,255}$/u,
      'must be a host name, an IPv4 address or an IPv6 address without brackets',
    )
    .describe('Host name, IPv4, or IPv6 without brackets.'),
  port: z.number().int().min(1).max(65_535).default(usual).describe(`${protocol} port.`),
})

/** Which certificate is believed. */
const TRUST = {
  ca: FilePath.optional().describe("Certificates (PEM) that vouch for the meter's, instead of the system's."),
  fingerprint: z
    .string()
    .regex(
      /^SHA256:(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/,
      'must look like SHA256: and 32 bytes in upper-case hex with colons, as `openssl x509 -noout -fingerprint -sha256` prints them',
    )
    .optional()
    .describe("SHA-256 of the meter's certificate, which then needs nobody to vouch for it."),
} as const

/** How a meter is reached, by its kind of link; none of it gets into the archive. */
const LINKS = {
  file: {},
  http: {
    url: Url.describe('Address, http or https, without a path.'),
    ...TRUST,
  },
  lines: at('TCP', 3493),
  mqtt: {
    url: z
      .url({ protocol: /^mqtts?$/, error: 'must be an mqtt or mqtts URL, such as mqtts://broker.example' })
      .refine(isBare, 'holds a user, a password, a path, a query or a fragment: give the address alone')
      .describe('Address of the broker, mqtt (port 1883) or mqtts (8883), without a path.'),
    ...TRUST,
  },
  snmp: {
    ...at('UDP', 161),
    context: Line.optional().describe('Context, with login: v3.'),
    auth: z
      .enum(['sha', 'sha224', 'sha256', 'sha384', 'sha512'])
      .optional()
      .describe('How the password is used, with login: v3. Default: sha.'),
    encryption: z
      .enum(['aes', 'aes256'])
      .optional()
      .describe('How the privacy password is used, with login: v3. Default: aes (128 bits).'),
  },
  ipmi: {
    ...at('UDP', 623),
    privilege: z
      .enum(['user', 'operator', 'administrator'])
      .default('user')
      .describe('Privilege level of the session: the least that the BMC lets read power.'),
    cipher: z
      .union([z.literal(3), z.literal(17)])
      .optional()
      .describe('Cipher suite: 17 (SHA-256) or 3 (SHA-1). Default: the best that the BMC offers.'),
  },
  modbus: at('TCP', 502),
} as const satisfies Record<LinkKind, z.ZodRawShape>

const Behind = z
  .strictObject({
    target: Id.describe('Target.'),
    host: Id.optional().describe('Host of it. Default: the one under test.'),
    instances: z
      .array(Line)
      .min(1)
      .max(64)
      .optional()
      .describe('Which of its outlets, supplies or zones are its own; they are summed. Default: all.'),
  })
  .describe('A host that the meter feeds.')

const AccuracySection = z
  .strictObject({
    reading_percent: z.number().nonnegative().max(100).describe('Limit of error, % of the reading.'),
    range_percent: z.number().nonnegative().max(100).default(0).describe('And % of the range.'),
    range_watts: z.number().nonnegative().max(1e7).default(0).describe('The range used, W.'),
  })
  .refine(a => a.range_percent === 0 || a.range_watts > 0, {
    path: ['range_watts'],
    message: 'is needed with range_percent',
  })
  .describe('Limits of error from its data sheet, at the range used. Left out: not known, class E0.')

/** Keys that all meters have. */
const common = {
  id: Id.describe('Name of the meter in plan, archive and report.'),
  interval: z
    .number()
    .positive()
    .max(60)
    .optional()
    .describe('Between two questions, s. Default: its kind’s.'),
  behind: z.array(Behind).min(1).max(1000).describe('Measured hosts that it feeds.'),
  accuracy: AccuracySection.optional(),
  certificate: FilePath.optional().describe(
    'Of its qualification against a class meter, as `joulemark qualify` wrote it: class E1 where it holds.',
  ),
  scope: Line.optional().describe('What its figures are of, where more is known than its kind says.'),
  source: SourceKind.exclude(['model'])
    .optional()
    .describe('What kind of source it is, where its kind of meter does not say it right.'),
  reads: z
    .enum(['instant', 'interval-average'])
    .optional()
    .describe('Whether power is of the time of reading, or the mean since the reading before.'),
  take: z.enum(['power', 'energy']).optional().describe('What energy is taken from. Default: its kind’s.'),
}

/** How a user is told, by what the kind of meter knows. */
function loginShape(logins: readonly MeterLogin[]): z.ZodRawShape {
  const [first = 'none'] = logins
  const named = logins.some(login => !['none', 'token', 'community'].includes(login))
  return {
    login: z
      .enum(logins as [MeterLogin, ...MeterLogin[]])
      .default(first)
      .describe('How a user is told to it.'),
    ...(named
      ? {
          user: User.optional().describe('User.'),
          password: SecretSection.optional().describe("The user's password, by reference."),
        }
      : {}),
    ...(logins.includes('token')
      ? { token: SecretSection.optional().describe('Bearer token, by reference.') }
      : {}),
    ...(logins.includes('community')
      ? { community: SecretSection.optional().describe('Community of SNMP v2c, by reference.') }
      : {}),
    ...(logins.includes('v3')
      ? {
          privacy: SecretSection.optional().describe(
            'Password for privacy, by reference, with login: v3. Left out: what is read is not encrypted.',
          ),
        }
      : {}),
  }
}

const NEEDS: Readonly<Record<MeterLogin, readonly string[]>> = {
  none: [],
  basic: ['user', 'password'],
  digest: ['user', 'password'],
  session: ['user', 'password'],
  line: ['user', 'password'],
  ipmi: ['user', 'password'],
  community: ['community'],
  v3: ['user', 'password'],
  password: ['user', 'password'],
  token: ['token'],
}

/** A meter's section, with the keys of its kind. Keys of several kinds do not meet: each kind is its own shape. */
export const meterSection = (kind: MeterSchema) =>
  z
    .strictObject({
      kind: z.literal(kind.id).describe(kind.title),
      ...common,
      ...LINKS[kind.link],
      ...loginShape(kind.login),
      ...kind.settings.shape,
    })
    .superRefine((section, ctx) => {
      const given = section as Record<string, unknown>
      const flaw = (path: string, message: string): void =>
        ctx.addIssue({ code: 'custom', path: [path], message })
      const own = Object.fromEntries(Object.keys(kind.settings.shape).map(key => [key, given[key]]))
      // What is wrong with a key by itself was told already.
      const sound = Object.entries(kind.settings.shape).every(
        ([key, of]) => z.safeParse(of, own[key]).success,
      )
      for (const issue of (sound ? kind.settings.safeParse(own).error?.issues : undefined) ?? [])
        ctx.addIssue({ code: 'custom', path: [...issue.path], message: issue.message })
      const login = given['login'] as MeterLogin
      for (const key of NEEDS[login])
        if (given[key] === undefined)
          flaw(key, `is needed with login: ${login}${login === kind.login[0] ? ' (the default)' : ''}`)
      for (const key of ['user', 'password', 'token', 'community'])
        if (given[key] !== undefined && !NEEDS[login].includes(key))
          flaw(key, `is not used with login: ${login}`)
      for (const key of ['privacy', 'auth', 'encryption', 'context'])
        if (given[key] !== undefined && login !== 'v3') flaw(key, 'is used with login: v3 alone')
      if (typeof given['url'] === 'string' && !/^(?:https|mqtts):/.test(given['url']))
        for (const key of ['ca', 'fingerprint'])
          if (given[key] !== undefined)
            flaw(key, 'is of no use with http and mqtt: without TLS there is no certificate')
      if (given['accuracy'] !== undefined && given['certificate'] !== undefined)
        flaw(
          'certificate',
          'is not used with accuracy: a meter has limits of error of its own, or is qualified against one that has',
        )
      const { interval } = given
      if (typeof interval === 'number' && interval < kind.seconds.least)
        flaw(
          'interval',
          `${interval} is out of range. Allowed: at least ${kind.seconds.least} for ${kind.id}`,
        )
    })
    .describe(kind.title)

/** A section as the file has it, once it is sound; keys of its kind are beside these. */
export interface MeterSection extends z.output<z.ZodObject<typeof common>> {
  readonly kind: string
  readonly login: MeterLogin
  readonly user?: string
  readonly password?: SecretSection
  readonly token?: SecretSection
  readonly community?: SecretSection
  readonly privacy?: SecretSection
  readonly auth?: string
  readonly encryption?: string
  readonly context?: string
  readonly url?: string
  readonly ca?: string
  readonly fingerprint?: string
  readonly address?: string
  readonly port?: number
  readonly privilege?: string
  readonly cipher?: number
}

import { z } from 'zod'
import { type AccuracyClass, SourceKind } from './evidence.ts'
import { Json } from './json.ts'
import type { Micros } from './units.ts'

/** What kept a meter from answering; each has another remedy. */
export const MeterFault = z.enum([
  /** It answers, and has no such reading. */
  'absent',
  /** It knows us, and does not let us read. */
  'forbidden',
  /** User, password, token or community is wrong. */
  'credentials',
  /** It could not show that it is the one that was asked for. */
  'certificate',
  'unreachable',
  /** It did not answer in time. */
  'slow',
  /** It answered with something else than its protocol's words. */
  'garbage',
])
export type MeterFault = z.infer<typeof MeterFault>

/** What of a meter's answer is kept: values by name, as the meter wrote them. Names and serials of devices are not among them. */
export const Said = z.record(z.string().max(2048), z.string().max(256))
export type Said = z.infer<typeof Said>

const asked = {
  /** Controller's wall clock before the question, µs. */
  at: z.number().int(),
  /** Until the answer was whole, µs. */
  took: z.number().int().nonnegative(),
}

/** One answer of a meter, or why there is none: a line of its file in the archive. */
export const MeterReading = z.union([
  z.strictObject({ ...asked, said: Said }),
  z.strictObject({ ...asked, fault: MeterFault, reason: z.string().max(1024) }),
])
export type MeterReading = z.infer<typeof MeterReading>

/** File of a run's archive with what a meter said, one JSON object a line. */
export const meterFile = (meter: string): string => `raw/meters/${meter}.ndjson`

/** Thrown by links and talks; the reason names no address and no secret. */
export class MeterError extends Error {
  readonly fault: MeterFault
  /** More of it, for the screen alone: it may name devices. */
  readonly detail: string

  constructor(fault: MeterFault, reason: string, detail = '') {
    super(reason)
    this.name = 'MeterError'
    this.fault = fault
    this.detail = detail
  }
}

/**
 * No machine takes more, W: five times the largest servers there are (NVIDIA DGX H100, user guide: 10.2 kW). What is above it, or makes a counter
 * grow faster, is no reading of a machine: 65535 is the largest number of 16 bits.
 */
export const MOST_WATTS = 50_000

export interface HttpLink {
  readonly kind: 'http'
  /** Body of a successful answer. @throws MeterError by what went wrong */
  get(path: string): Promise<string>
}

/** A line protocol: one question, answered by one line. */
export interface LineLink {
  readonly kind: 'lines'
  /** @throws MeterError */
  ask(line: string): Promise<string>
}

/** IPMI by the program ipmitool. */
export interface IpmiLink {
  readonly kind: 'ipmi'
  /** What a command of ipmitool prints. @throws MeterError */
  run(words: readonly string[]): Promise<string>
}

export interface SnmpLink {
  readonly kind: 'snmp'
  /** Values by object identifier, as text; what is not there has none. @throws MeterError */
  get(oids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/** Registers that follow one another, in one of a device's tables. */
export interface RegisterBlock {
  /** Number of the device. */
  readonly unit: number
  readonly table: 'holding' | 'input'
  /** Address as it is sent, from 0. */
  readonly first: number
  readonly count: number
}

/** Modbus: tables of 16-bit registers. */
export interface RegisterLink {
  readonly kind: 'modbus'
  /** As many numbers from 0 to 65535 as were asked for. @throws MeterError */
  read(block: RegisterBlock): Promise<readonly number[]>
}

/** A broker of MQTT. */
export interface MqttLink {
  readonly kind: 'mqtt'
  /** Name that nobody else has, for topics of our own. */
  readonly self: string
  /** The first message that comes on each topic after something was published (null: nothing); what was retained is none. @throws MeterError */
  ask(o: {
    readonly publish: { readonly topic: string; readonly payload: string } | null
    readonly answers: readonly string[]
  }): Promise<ReadonlyMap<string, string>>
}

/** Nothing is asked: what it recorded by itself is brought in after the campaign. */
export interface FileLink {
  readonly kind: 'file'
}

/** Links to meters by their kind; implemented in harness/transport. */
export interface Links {
  readonly file: FileLink
  readonly http: HttpLink
  readonly lines: LineLink
  readonly ipmi: IpmiLink
  readonly snmp: SnmpLink
  readonly modbus: RegisterLink
  readonly mqtt: MqttLink
}
export const LinkKind = z.enum(['file', 'http', 'lines', 'ipmi', 'snmp', 'modbus', 'mqtt'])
export type LinkKind = z.infer<typeof LinkKind>

/** Asks one meter, again and again. */
export interface MeterTalk {
  /** @throws MeterError */
  poll(): Promise<Said>
}

/** A figure that a meter gave, or what is wrong with it. */
export type MeterFigure<T> =
  | { readonly value: T }
  | { readonly flaw: 'not a number' | 'not positive' | 'beyond any machine' }

export interface MeterValue {
  /** Outlet, supply, zone; `total`. */
  readonly instance: string
  /** W. */
  readonly power?: MeterFigure<number>
  /** µJ since some time in the past. */
  readonly energy?: MeterFigure<bigint>
  /** Why it is known to be made up. */
  readonly synthetic?: string
}

/** What a meter's figures are, as its section in the plan makes them. */
export interface MeterNature {
  readonly kind: SourceKind
  /** e.g. `wall AC, outlets 3 and 4`. */
  readonly scope: string
  /** Of power: at the time of reading, or the mean since the reading before. */
  readonly reads: 'instant' | 'interval-average'
  /** What energy is taken from. */
  readonly take: 'power' | 'energy'
  /** Power comes in whole multiples of this, W; absent: not known to. */
  readonly resolution?: number
  /** It speaks when it likes: a reading holds when it came, not at the middle of the wait for it. */
  readonly pushed?: boolean
  /** It runs on the measured machine, which answers: that takes of it. */
  readonly onMachine?: boolean
}

/** One row of a meter's file. */
export interface FileRow {
  /** By the meter's own clock, µs. */
  readonly at: number
  readonly said: Said
}

/** Reads a meter's file as its bytes come. Pure. @throws FileFlaw */
export interface FileReader {
  push(bytes: Uint8Array): readonly FileRow[]
  end(): readonly FileRow[]
  /** What its clock is ahead of the controller's, s (null: to be found), and how well that is known, ± s. */
  readonly clock: { readonly offset: number | null; readonly doubt: number }
}

/** A kind of meter with its settings. */
export interface BoundMeter {
  readonly nature: MeterNature
  /** Scope by the instances that came, where that says more than nature does. */
  scopeOf?(instances: readonly string[]): string
  talk(link: Links[LinkKind]): MeterTalk
  /** Pure. @throws Error when it is not what this kind of meter says */
  read(said: Said): readonly MeterValue[]
}

/** A kind of meter that is asked over a network, or whose file is brought in; one file each in collectors/power. */
export interface MeterKind {
  readonly id: string
  readonly title: string
  /** One paragraph for docs and `list collectors`. */
  readonly about: string
  readonly link: LinkKind
  /** How a user is told on this link; the first is the default. */
  readonly login: readonly MeterLogin[]
  /** Keys of its own in a meter's section of the campaign file. */
  readonly settings: z.ZodObject
  /** Of them those whose value may stand in a YAML file; the section has its path then. */
  readonly files?: readonly string[]
  /** Of them those that may name hosts or people: they stay with the connection, and the plan has their digests. */
  readonly reach?: readonly string[]
  /** Time between two questions that it can bear, and that is asked for where the file says nothing, s. */
  readonly seconds: { readonly least: number; readonly usual: number }
  /** @param settings what `settings` made of the section. */
  bind(settings: Json): BoundMeter
  /** Of link `file`: reads the file. @param seconds between two rows */
  readonly reader?: (settings: Json, seconds: number) => FileReader
}

/** basic: HTTP; session: Redfish's SessionService; digest: HTTP; line: USERNAME and PASSWORD of NUT; ipmi: RAKP; community: SNMP v2c; v3: SNMP's users; password: MQTT. */
export const MeterLogin = z.enum([
  'none',
  'basic',
  'digest',
  'session',
  'token',
  'line',
  'ipmi',
  'community',
  'v3',
  'password',
])
export type MeterLogin = z.infer<typeof MeterLogin>

/** Error limits from a datasheet, at the range used. */
export const Accuracy = z.strictObject({
  /** % of the reading. */
  readingPercent: z.number().nonnegative(),
  /** % of the range, and that range, W. */
  rangePercent: z.number().nonnegative(),
  rangeWatts: z.number().nonnegative(),
})
export type Accuracy = z.infer<typeof Accuracy>

/** Limits of so many instances together: each has a range of its own, and the error of it. */
export const accuracyOfAll = (accuracy: Accuracy, instances: number): Accuracy => ({
  ...accuracy,
  rangeWatts: accuracy.rangeWatts * instances,
})

/** A qualified sensor is within this share of a meter that has a class (rule JM-P8): the limit of class E1. */
export const QUALIFIED_LIMIT = 0.05

/** What of a certificate is needed to judge whether it holds where it is cited (harness/model/certificate.ts). */
export const CitedCertificate = z.strictObject({
  /** SHA-256 of its file, hex. */
  digest: z.string(),
  /** Id of the campaign that it was made from. */
  campaign: z.string(),
  source: SourceKind,
  /** CPU model of the host that the sensor was qualified on. */
  cpu: z.string(),
  /** Least and greatest power of its levels, W. */
  range: z.strictObject({ low: z.number().positive(), high: z.number().positive() }),
  limit: z.literal(QUALIFIED_LIMIT),
})
export type CitedCertificate = z.infer<typeof CitedCertificate>

/** A meter in the plan; how it is reached is not here. */
export const PlannedMeter = z.strictObject({
  id: z.string(),
  kind: z.string(),
  /** Settings of its kind, defaults written out. */
  settings: z.record(z.string(), Json),
  /** Between two questions, s. */
  seconds: z.number().positive(),
  /** Measured hosts behind it, and which of its instances are theirs (null: all). */
  behind: z.array(
    z.strictObject({
      target: z.string(),
      host: z.string(),
      instances: z.array(z.string()).nullable(),
    }),
  ),
  accuracy: Accuracy.nullable(),
  /** What the file says instead of the kind's own. */
  scope: z.string().nullable(),
  source: SourceKind.nullable(),
  reads: z.enum(['instant', 'interval-average']).nullable(),
  take: z.enum(['power', 'energy']).nullable(),
  /** Of its qualification, where the file cites one. */
  certificate: CitedCertificate.optional(),
})
export type PlannedMeter = z.infer<typeof PlannedMeter>

/** What became of a meter in a run. */
export const MeterRecord = z.strictObject({
  id: z.string(),
  /** Questions, and how many of them brought nothing, by fault. */
  asked: z.number().int().nonnegative(),
  faults: z.record(z.string(), z.number().int()),
})
export type MeterRecord = z.infer<typeof MeterRecord>

/** A meter that the run can ask. */
export interface OpenMeter extends AsyncDisposable {
  readonly onMachine: boolean
  readonly pushed: boolean
  poll(signal: AbortSignal): Promise<Said>
}

/** Controller's time at which an answer holds: the middle of the question, µs. */
export const heldAt = ({ at, took }: Pick<MeterReading, 'at' | 'took'>): Micros =>
  Math.round(at + took / 2) as Micros

/** Class by the largest error at a power, as a share of it (docs: E3 ≤ 1 %, E2 ≤ 2 %, E1 ≤ 5 %). */
export function classOf(accuracy: Accuracy | null, watts: number): AccuracyClass {
  if (accuracy === null || !(watts > 0)) return 'E0'
  const share = (accuracy.readingPercent + (accuracy.rangePercent * accuracy.rangeWatts) / watts) / 100
  if (share <= 0.01) return 'E3'
  if (share <= 0.02) return 'E2'
  return share <= 0.05 ? 'E1' : 'E0'
}

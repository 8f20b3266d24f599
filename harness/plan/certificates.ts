import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Certificate } from '../model/certificate.ts'
import { canonicalJson, type Json } from '../model/json.ts'
import type { CitedCertificate, MeterKind, PlannedMeter } from '../model/meter.ts'
import type { Flaw } from './issues.ts'
import { plannedMeters } from './meters.ts'
import { type Folders, resolvePath } from './paths.ts'
import type { CampaignFile } from './schema.ts'

/** Larger than any that was made: a level has 2 KiB. */
const MOST_BYTES = 1 << 20

export interface CitedCertificates {
  readonly flaws: readonly Flaw[]
  /** What analysis needs of them, by the ids of the meters that cite them. */
  readonly cited: ReadonlyMap<string, CitedCertificate>
}

/** Reads the certificates that meters of a sound file cite, and holds each against its meter. */
export async function readCertificates(
  file: CampaignFile,
  folders: Folders,
  kinds: ReadonlyMap<string, MeterKind>,
): Promise<CitedCertificates> {
  const planned = plannedMeters(file, kinds)
  const flaws: Flaw[] = []
  const cited = new Map<string, CitedCertificate>()
  for (const [i, { certificate: path }] of (file.meters ?? []).entries()) {
    const meter = planned[i]
    if (path === undefined || meter === undefined) continue
    const read = await readOne(resolvePath(path, folders))
    const found =
      'reason' in read
        ? [{ code: 'certificate-unreadable', message: `${JSON.stringify(path)} ${read.reason}` }]
        : unfit(read.certificate, meter, kinds.get(meter.kind)).map(message => ({
            code: 'certificate-unfit',
            message,
          }))
    flaws.push(...found.map(one => ({ ...one, path: ['meters', i, 'certificate'], part: 'value' as const })))
    if (!('reason' in read)) cited.set(meter.id, citedOf(read))
  }
  return { flaws, cited }
}

interface ReadCertificate {
  readonly certificate: Certificate
  /** SHA-256 of the file, hex. */
  readonly digest: string
}

async function readOne(path: string): Promise<ReadCertificate | { readonly reason: string }> {
  const bytes = await readBounded(path)
  if ('reason' in bytes) return bytes
  const parsed = parse(bytes.toString('utf8'))
  if (parsed === undefined) return { reason: 'is not JSON' }
  const outcome = Certificate.safeParse(parsed)
  if (outcome.success)
    return { certificate: outcome.data, digest: createHash('sha256').update(bytes).digest('hex') }
  const issue = outcome.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  return {
    reason: `is not a certificate of joulemark qualify: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'not valid'}`,
  }
}

async function readBounded(path: string): Promise<Buffer | { readonly reason: string }> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return { reason: 'is not a file' }
    if (found.size > MOST_BYTES) return { reason: `has ${found.size} bytes; at most ${MOST_BYTES} are read` }
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { reason: code === 'ENOENT' ? 'does not exist' : `can not be read (${code})` }
  }
}

/** undefined: it is no JSON, or nested beyond all sense. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** Why a certificate says nothing of this meter; empty: it does. */
function unfit(
  { sensor, against, verdict, reasons }: Certificate,
  meter: PlannedMeter,
  kind: MeterKind | undefined,
): readonly string[] {
  const itself = sensor.id === against.id ? ['it holds a sensor against itself'] : []
  const failed = verdict === 'failed' ? [`the sensor failed: ${reasons.join('; ')}`] : []
  if (sensor.kind !== meter.kind)
    return [...itself, ...failed, `it is of a meter of kind ${sensor.kind}, and this one is ${meter.kind}`]
  const nature = kind?.bind(meter.settings).nature
  const [take, reads] = [meter.take ?? nature?.take, meter.reads ?? nature?.reads]
  return [
    ...itself,
    ...failed,
    ...otherSettings(sensor.settings, meter.settings),
    ...(take === sensor.take ? [] : [`its sensor's energy is of ${sensor.take}, here it is of ${take}`]),
    ...(reads === sensor.reads ? [] : [`its sensor reads ${sensor.reads}, here it reads ${reads}`]),
  ]
}

function otherSettings(
  a: Readonly<Record<string, Json>>,
  b: Readonly<Record<string, Json>>,
): readonly string[] {
  const differing = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .sort()
    .filter(key => canonicalJson(a[key] ?? null) !== canonicalJson(b[key] ?? null))
  return differing.length === 0 ? [] : [`its sensor has other settings: ${differing.join(', ')}`]
}

const citedOf = ({ certificate, digest }: ReadCertificate): CitedCertificate => ({
  digest,
  campaign: certificate.campaign.id,
  source: certificate.sensor.source,
  cpu: certificate.host.cpu,
  range: certificate.range,
  limit: certificate.limit,
})

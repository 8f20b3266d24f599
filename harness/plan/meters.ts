import { createHash } from 'node:crypto'
import type { MeterConnection } from '../model/connection.ts'
import { canonicalJson, type Json } from '../model/json.ts'
import type { CitedCertificate, MeterKind, PlannedMeter } from '../model/meter.ts'
import { type Folders, resolvePath } from './paths.ts'
import type { CampaignFile, TargetSection } from './schema.ts'
import type { MeterSection } from './schema-meter.ts'
import { secretRef } from './secrets.ts'

/**
 * Meters of a sound file, in its order: without addresses, users and secrets.
 * @param cited certificates by the ids of the meters that cite them
 */
export const plannedMeters = (
  file: CampaignFile,
  kinds: ReadonlyMap<string, MeterKind>,
  cited: ReadonlyMap<string, CitedCertificate> = new Map(),
): PlannedMeter[] =>
  (file.meters ?? []).map(section => {
    const certificate = cited.get(section.id)
    const meter = planned(section, file, kinds)
    return certificate === undefined ? meter : { ...meter, certificate }
  })

function planned(
  section: MeterSection,
  file: CampaignFile,
  kinds: ReadonlyMap<string, MeterKind>,
): PlannedMeter {
  const kind = knownKind(section.kind, kinds)
  const { accuracy } = section
  return {
    id: section.id,
    kind: kind.id,
    settings: veiled(settingsOf(section, kind), kind),
    seconds: section.interval ?? kind.seconds.usual,
    behind: section.behind.map(({ target, host, instances }) => ({
      target,
      host: host ?? sutOf(file.targets.find(one => one.id === target)),
      instances: instances ?? null,
    })),
    accuracy:
      accuracy === undefined
        ? null
        : {
            readingPercent: accuracy.reading_percent,
            rangePercent: accuracy.range_percent,
            rangeWatts: accuracy.range_watts,
          },
    scope: section.scope ?? null,
    source: section.source ?? null,
    reads: section.reads ?? null,
    take: section.take ?? null,
  }
}

function knownKind(id: string, kinds: ReadonlyMap<string, MeterKind>): MeterKind {
  const kind = kinds.get(id)
  if (kind === undefined) throw new Error(`meter kind ${id} passed the schema and is not in the registry`)
  return kind
}

/** Keys of the kind's own; what was left out and has no default is not there. */
function settingsOf(section: MeterSection, kind: MeterKind): Record<string, Json> {
  const all = section as unknown as Record<string, Json | undefined>
  return Object.fromEntries(
    Object.keys(kind.settings.shape).flatMap((key): [string, Json][] => {
      const value = all[key]
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** With digests in the place of what names hosts or people: equal settings are seen to be equal, and no more. */
function veiled(settings: Readonly<Record<string, Json>>, { reach = [] }: MeterKind): Record<string, Json> {
  const veil = (value: Json): Json =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, veil(one)]))
      : `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16)}`
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, reach.includes(key) ? veil(value) : value]),
  )
}

function sutOf(target: TargetSection | undefined): string {
  if (target?.kind === 'ssh') return target.roles?.sut ?? Object.keys(target.hosts)[0] ?? ''
  return target?.kind === 'kubernetes' ? 'sut' : 'local'
}

/** How every meter is reached, by its id. */
export const resolveMeters = (
  file: CampaignFile,
  folders: Folders,
  kinds: ReadonlyMap<string, MeterKind>,
): ReadonlyMap<string, MeterConnection> =>
  new Map(
    (file.meters ?? []).map(section => [
      section.id,
      connectionOf(section, folders, knownKind(section.kind, kinds)),
    ]),
  )

function connectionOf(section: MeterSection, folders: Folders, kind: MeterKind): MeterConnection {
  const { reach = [] } = kind
  const all = section as unknown as Record<string, Json | undefined>
  const settings = reach.flatMap((key): [string, Json][] => (all[key] === undefined ? [] : [[key, all[key]]]))
  const { login, user, password, token, community, privacy, url, ca, fingerprint } = section
  const { address, port, auth, encryption, context, privilege, cipher } = section
  return {
    link: kind.link,
    login,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: secretRef(password, folders) }),
    ...(token === undefined ? {} : { token: secretRef(token, folders) }),
    ...(community === undefined ? {} : { community: secretRef(community, folders) }),
    ...(privacy === undefined ? {} : { privacy: secretRef(privacy, folders) }),
    ...(url === undefined ? {} : { url: url.replace(/\/+$/, '') }),
    ...(ca === undefined ? {} : { ca: resolvePath(ca, folders) }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(auth === undefined ? {} : { auth }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(context === undefined ? {} : { context }),
    ...(privilege === undefined ? {} : { privilege }),
    ...(cipher === undefined ? {} : { cipher }),
    ...(settings.length === 0 ? {} : { settings: Object.fromEntries(settings) }),
  }
}

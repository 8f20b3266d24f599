import { randomBytes } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { meterKinds } from '../../collectors/meter-kinds.ts'
import { recorderKit } from '../../collectors/recorder/kit.ts'
import type { CampaignArchive } from '../../results/archive/archive.ts'
import { judgeRun, runBatches } from '../../results/derive/derive.ts'
import { workloadsById } from '../../workloads/registry.ts'
import type { ReadSecret } from '../model/connection.ts'
import { JoulemarkError } from '../model/error.ts'
import type { EmitEvent } from '../model/event.ts'
import type { Json } from '../model/json.ts'
import type { MeterKind, OpenMeter, PlannedMeter } from '../model/meter.ts'
import type { Plan } from '../model/plan.ts'
import type { Target } from '../model/target.ts'
import { type CampaignConnections, readConnections, storeConnections } from '../plan/stored-connections.ts'
import type { RunParts } from '../run/parts.ts'
import { type InfluxSink, openSink, type SinkOptions } from '../store/sink.ts'
import { connectTarget } from '../targets/registry.ts'
import { openMeter } from '../transport/meters/open-meter.ts'
import { controllerTools } from './controller-tools.ts'
import { deriveParts } from './derive-results.ts'
import { evidenceOf } from './evidence-points.ts'
import { collectorsById } from './load-file.ts'
import { secretReader } from './read-secret.ts'
import { isOwnState, stateMark } from './state-mark.ts'
import { toolVersion } from './version.ts'

const HOSTS = 'hosts.json'
const MARK = 'hosts-mark.json'

/** Files of state/ that say how the campaign's hosts are reached, for resume, reap and sync, and that it was us who wrote that. */
export function connectionState(connections: CampaignConnections): Readonly<Record<string, Json>> {
  const hosts = storeConnections(connections)
  return { [HOSTS]: hosts, [MARK]: { mark: stateMark(hosts) } }
}

/**
 * @param o.trust believe what another controller or user wrote: the person at the terminal says so
 * @throws JoulemarkError `connections-missing` where state/ was not kept beside data/, `state-refused` where somebody else (may have) written it
 */
export async function savedConnections(
  archive: CampaignArchive,
  o: { readonly trust?: boolean } = {},
): Promise<CampaignConnections> {
  await refuseForeign(archive)
  const stored = await archive.readState(HOSTS)
  if (stored !== null) {
    if (o.trust !== true) await refuseUnmarked(archive, stored)
    return readConnections(stored)
  }
  throw new JoulemarkError({
    code: 'connections-missing',
    exit: 'usage',
    message: `${archive.dir}/state/${HOSTS} is missing, so it is not known how the hosts are reached`,
    hint: 'Only the folder that joulemark run made has it; a copy of data/ can be read and reported, not continued.',
  })
}

/** A folder that was unpacked belongs to whoever unpacked it. It may name programs to run, and addresses that get our secrets. */
async function refuseUnmarked(archive: CampaignArchive, hosts: Json): Promise<void> {
  const found = Marked.safeParse(await archive.readState(MARK))
  if (isOwnState(hosts, found.success ? found.data.mark : null)) return
  throw new JoulemarkError({
    code: 'state-refused',
    exit: 'usage',
    message: `${archive.dir}/state/${HOSTS} was not written by this user on this controller: it says which programs run as you and where your secrets go`,
    hint: 'a copy can be analysed, reported, compared and verified as it is. If the campaign is yours, from another controller: look at the file, then add --trust-state',
  })
}

const Marked = z.object({ mark: z.string().nullable() })

/** How hosts are reached may name programs to run (ssh's configuration): it is believed only when nobody else can have written it. */
async function refuseForeign(archive: CampaignArchive): Promise<void> {
  const me = process.getuid?.()
  if (me === undefined) return
  for (const path of [join(archive.dir, 'state'), join(archive.dir, 'state', HOSTS)]) {
    const found = await lstat(path).catch(() => null)
    if (found === null) continue
    const why =
      found.uid !== me && found.uid !== 0
        ? 'belongs to another user'
        : (found.mode & 0o022) !== 0 && !found.isSymbolicLink()
          ? 'can be written by others'
          : null
    if (why === null) continue
    throw new JoulemarkError({
      code: 'state-refused',
      exit: 'usage',
      message: `${path} ${why}: what it says of hosts may run programs as you`,
      hint: 'only the user who ran the campaign goes on with it; a copy can be analysed, reported and verified. If it is yours: chmod -R go-w state',
    })
  }
}

/** Secrets of a campaign; their environment variables are taken out of this process's environment. */
export const campaignSecrets = (connections: CampaignConnections): ReadSecret =>
  secretReader(process.env, {
    targets: connections.targets.values(),
    influx: connections.influx,
    meters: connections.meters.values(),
  })

export interface ConnectorParts {
  readonly plan: Plan
  readonly connections: CampaignConnections
  readonly readSecret: ReadSecret
  /** Asks the person at the terminal; absent: nobody is there. */
  readonly prompt?: (question: string) => Promise<string>
}

/** Connects targets of a plan by id. */
export function connector(o: ConnectorParts): (targetId: string) => Promise<Target> {
  const { plan, connections, readSecret, prompt } = o
  return async id => {
    const planned = plan.targets.find(target => target.id === id)
    const connection = connections.targets.get(id)
    if (planned === undefined || connection === undefined)
      throw new Error(`target ${id} is in the ledger or the plan, and not among the connections`)
    return connectTarget({
      planned,
      connection,
      readSecret,
      env: process.env,
      ...(prompt === undefined ? {} : { prompt }),
    })
  }
}

/** Meters of a plan by id; null: it is not asked, its file is attached after the campaign. */
export function meterOpener({
  plan,
  connections,
  readSecret,
}: ConnectorParts): (id: string) => OpenMeter | null {
  return id => {
    const planned = plan.meters?.find(meter => meter.id === id)
    const connection = connections.meters.get(id)
    if (planned === undefined || connection === undefined)
      throw new Error(`meter ${id} is in the plan, and not among the connections`)
    if (connection.link === 'file') return null
    return openMeter(connection, meterKindOf(planned).bind({ ...planned.settings, ...connection.settings }), {
      readSecret,
    })
  }
}

export function meterKindOf({ id, kind }: PlannedMeter): MeterKind {
  const found = meterKinds.get(kind)
  if (found !== undefined) return found
  throw new JoulemarkError({
    code: 'meter-unknown',
    exit: 'usage',
    message: `meter ${id} is of kind ${kind}, which is not known here`,
    hint: 'the campaign was planned by another version of Joulemark',
  })
}

export interface SinkParts {
  readonly archive: CampaignArchive
  readonly connections: CampaignConnections
  readonly readSecret: ReadSecret
}

/** What sink and sync need; null: the campaign has no database. */
export function sinkOptions({ archive, connections, readSecret }: SinkParts): SinkOptions | null {
  if (connections.influx === null) return null
  const parts = deriveParts()
  return {
    archive,
    connection: connections.influx,
    readSecret,
    env: process.env,
    batchesOf: run => runBatches(archive, run, parts),
    extraPointsOf: evidenceOf(archive),
  }
}

/** Where locks lie on measured machines, when JOULEMARK_LOCK_DIR moves them (tests, hosts without a lock folder of the usual kind). */
export function lockFolder(): { readonly lockDir?: string } {
  const dir = process.env['JOULEMARK_LOCK_DIR']
  return dir === undefined || dir === '' ? {} : { lockDir: dir }
}

export interface Conducting extends ConnectorParts {
  readonly archive: CampaignArchive
  readonly emit: EmitEvent
  readonly signal: AbortSignal
  readonly hardSignal: AbortSignal
}

export interface ComposedParts {
  readonly parts: RunParts
  readonly sink: InfluxSink | null
}

/** The real parts of a run; the caller closes the sink. Tests replace single ones. */
export async function composeRun(o: Conducting): Promise<ComposedParts> {
  const { archive, emit, signal, hardSignal } = o
  const options = sinkOptions(o)
  const sink = options === null ? null : await openSink(options)
  const derive = deriveParts()
  return {
    sink,
    parts: {
      archive,
      sink,
      emit,
      signal,
      hardSignal,
      connect: connector(o),
      collectors: collectorsById,
      workloads: workloadsById,
      recorder: recorderKit,
      openMeter: meterOpener(o),
      judge: run => judgeRun(archive, run, derive),
      now: () => Date.now() * 1000,
      sleep: async (seconds, abort) => wait(seconds * 1000, undefined, { signal: abort }),
      owner: randomBytes(8).toString('hex'),
      toolVersion: toolVersion(),
      controllerTools: controllerTools(),
      ...lockFolder(),
    },
  }
}

import type { DetachedRef, Host } from '../model/target.ts'
import type { Deployed } from '../model/workload.ts'
import { type Attempt, note } from './attempt.ts'
import { type Clocks, clocks } from './clocks.ts'
import { watchKubelets } from './cluster/kubelet.ts'
import { noteLostPods } from './cluster/lost-pods.ts'
import { standUp } from './cluster/stand-up.ts'
import { collect, writeClocks } from './collect.ts'
import { deploy, noteSharedLoadgen } from './deployment.ts'
import { firstLease, renew, secondLease, whileRenewing } from './leases.ts'
import { watchMeters } from './meters.ts'
import { phase, quietPhase, windows } from './phases.ts'
import { type Prepared, prepare } from './prepare.ts'
import {
  fetchRecording,
  leadSeconds,
  type Recording,
  type RecordingEnd,
  startRecordings,
  stopRecordings,
} from './recording.ts'

/** Load runs on after the last window for at least so long, so that it never ends in one. */
const LOAD_MARGIN_SECONDS = 5

/**
 * All phases of an attempt but tear-down, in the order of the protocol, and everything they gave into the archive.
 * Part 1 of the recording covers baseline and deploy, part 2, which knows the services, the rest; they overlap.
 * What was recorded of an attempt that fails on the way is fetched all the same, as far as the host still gives it.
 */
export async function measure(given: Attempt): Promise<void> {
  given.lease.seconds = firstLease(given)
  const { cluster } = given.target
  const a = cluster === undefined ? given : await standUp(given, cluster)
  const prepared = await prepare(a)
  const probes = clocks(a.hosts)
  await probes.probe()
  const started = new Map<Recording, RecordingEnd | null>()
  const meters = watchMeters(a)
  try {
    await phases(a, { prepared, probes, started })
  } catch (error) {
    if (!a.parts.hardSignal.aborted && a.notes.recordings.length === 0) await salvage(a, probes, started)
    throw error
  } finally {
    await meters.end()
  }
}

interface Measuring {
  readonly prepared: Prepared
  readonly probes: Clocks
  /** Every recording that was begun, and how it ended; null: it runs. */
  readonly started: Map<Recording, RecordingEnd | null>
}

async function phases(a: Attempt, { prepared, probes, started }: Measuring): Promise<void> {
  const { durations } = a.plan.protocol
  const first = await startRecordings(a, { part: 1, prepared, services: [] })
  for (const recording of first) started.set(recording, null)
  await quietPhase(a, { name: 'baseline', seconds: durations.baseline })
  const deployed = await phase(a, { name: 'deploy', seconds: null }, () =>
    whileRenewing(a, () => deploy(a, prepared)),
  )
  a.notes.services.push(...deployed.services.map(service => structuredClone(service)))
  await noteSharedLoadgen(a, prepared, deployed.services)
  await renew(a, secondLease(a))
  const second = await startRecordings(a, { part: 2, prepared, services: deployed.services })
  for (const recording of second) started.set(recording, null)
  for (const [recording, end] of await stopRecordings(a, first)) started.set(recording, end)
  await probes.probe()
  await quietPhase(a, { name: 'idle', seconds: durations.idle })
  const loads = await phase(a, { name: 'warm-up', seconds: durations.warmUp }, () => warmUp(a, deployed))
  const kubelets = watchKubelets(a)
  try {
    await windows(a)
    await phase(a, { name: 'cool-down', seconds: durations.coolDown }, () => coolDown(a))
  } finally {
    await kubelets?.end()
  }
  a.notes.step = 'collect'
  await whileRenewing(a, async () => {
    await noteLostPods(a)
    await endLoad(a, deployed, loads)
    for (const [recording, end] of await stopRecordings(a, second)) started.set(recording, end)
    await collect(a, { prepared, deployed, clocks: probes, ends: started })
  })
}

/** Recordings and clocks of an attempt that failed; what can't be had any more is left out: the failure is said already. */
async function salvage(a: Attempt, probes: Clocks, started: Measuring['started']): Promise<void> {
  for (const [recording, ended] of started) {
    try {
      const end = ended ?? (await stopRecordings(a, [recording])).get(recording) ?? 'died'
      await fetchRecording(a, recording, end)
    } catch (error) {
      if (a.parts.hardSignal.aborted) throw error
    }
  }
  await writeClocks(a, probes)
}

async function warmUp(a: Attempt, deployed: Deployed): Promise<readonly DetachedRef[]> {
  const { durations, windows: count, seed } = a.plan.protocol
  const measured = durations.warmUp + durations.window * count
  const loads = await deployed.startLoad({
    warmUpSeconds: durations.warmUp,
    windowSeconds: durations.window,
    windows: count,
    totalSeconds: Math.ceil(measured + Math.max(LOAD_MARGIN_SECONDS, leadSeconds(a.plan.rate))),
    seed,
  })
  await a.parts.sleep(durations.warmUp, a.signal)
  return loads
}

/** Two readings are taken after the last window, however short cool-down is. */
async function coolDown(a: Attempt): Promise<void> {
  await a.parts.sleep(Math.max(a.plan.protocol.durations.coolDown, leadSeconds(a.plan.rate)), a.signal)
}

async function endLoad(a: Attempt, deployed: Deployed, loads: readonly DetachedRef[]): Promise<void> {
  const hostOf = (load: DetachedRef): Host => {
    const host = a.target.hosts.get(load.host)
    if (host !== undefined) return host
    throw new Error(`the load runs on host ${load.host}, which the target does not have`)
  }
  if (deployed.endLoad !== undefined && loads.length > 0) await deployed.endLoad(loads)
  else await Promise.all(loads.map(load => hostOf(load).stop(load)))
  for (const load of loads) {
    const status = await hostOf(load).status(load)
    const { measured = load.host } = a.standing?.loads.find(({ host }) => host.id === load.host) ?? {}
    a.notes.loads.push({ host: measured, exit: status.state === 'exited' ? status.code : null })
    if (status.state === 'gone')
      await note(a, {
        code: 'LOAD_EXIT',
        host: load.host,
        values: { tool: load.name, exitCode: null, meaning: status.reason },
      })
  }
}

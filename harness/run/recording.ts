import type { FileSource, Service } from '../model/collector.ts'
import { JoulemarkError } from '../model/error.ts'
import type { RecorderKind, RecorderRequest } from '../model/recorder.ts'
import type { RecordingRef } from '../model/run.ts'
import type { DetachedRef, DetachedStatus, Host, HostFacts } from '../model/target.ts'
import { bytes, hertz, MICROS_PER_SECOND, micros } from '../model/units.ts'
import { type Attempt, note } from './attempt.ts'
import { availabilityOf, becomesRoot } from './availability.ts'
import { fetchFiles } from './fetch.ts'
import { must, script } from './on-host.ts'
import { factsOf, type Prepared } from './prepare.ts'

/** Exit code of a recorder whose buffer is full (collectors/recorder/kit.ts). */
const EXIT_FULL = 3
/** Of the tmpfs, at most so much is taken, whatever the plan allows. */
const TMPFS_SHARE = 0.5
const STOP_GRACE_SECONDS = 10

/** A recording under way on a host. */
export interface Recording {
  readonly host: Host
  readonly part: number
  readonly kind: RecorderKind
  readonly request: RecorderRequest
  readonly ref: DetachedRef
  /** Recorded by root: the files must be made readable. */
  readonly asRoot: boolean
}

/** Seconds in which a started recorder is sure to take two readings, and in which it takes two more. */
export const leadSeconds = (rate: number): number => 3 / rate + 0.5

export interface RecordingStart {
  readonly part: number
  readonly prepared: Prepared
  readonly services: readonly Service[]
}

/** Starts a recorder on every measured host, and waits until two readings must have been taken. */
export async function startRecordings(a: Attempt, o: RecordingStart): Promise<readonly Recording[]> {
  // All are waited for, also when one fails: nothing may be made any more once tear-down looks at the ledger.
  const started = await Promise.allSettled(a.hosts.map(host => startRecording(a, host, o)))
  const recordings = started.map(one => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
  await a.parts.sleep(leadSeconds(a.plan.rate), a.signal)
  for (const recording of recordings) {
    const status = await recording.host.status(recording.ref)
    if (status.state === 'running') continue
    throw new JoulemarkError({
      code: 'recorder-start',
      message: `the recorder on host ${recording.host.id} ended at once: ${await reasonOf(recording, status)}`,
      exit: 'invalid',
    })
  }
  return recordings
}

async function startRecording(a: Attempt, host: Host, o: RecordingStart): Promise<Recording> {
  const facts = factsOf(o.prepared.facts, host.id)
  const folders = o.prepared.folders.get(host.id)
  if (folders === undefined) throw new Error(`no folders on host ${host.id}`)
  const rate = hertz(a.plan.rate)
  const choice = a.parts.recorder.choose(facts, rate)
  if (choice.kind === null)
    throw new JoulemarkError({
      code: 'recorder-none',
      message: `host ${host.id} can't be recorded: ${choice.reason}`,
      exit: 'invalid',
      hint: 'install perl there, or lower the rate',
    })
  const asRoot = becomesRoot(a, facts)
  const sources = sourcesOf(
    a,
    facts,
    o.services.filter(service => service.host === host.id),
  )
  const usable = sources.filter(source => source.become !== true || asRoot || facts.user.root)
  const request: RecorderRequest = {
    sources: usable,
    rate,
    // Part 2 begins before part 1 ends: half a period apart, no two readings of a series have one time.
    offset: micros(o.part === 1 ? 0 : Math.round(MICROS_PER_SECOND / 2 / rate)),
    dir: `${folders.work}/recording-${o.part}`,
    tmpfsDir: folders.tmpfs,
    tmpfsBytes: bytes(Math.floor(Math.min(a.plan.buffer.tmpfsBytes, (facts.tmpfs?.free ?? 0) * TMPFS_SHARE))),
    diskBytes: bytes(a.plan.buffer.diskBytes),
  }
  const recording: Recording = {
    host,
    part: o.part,
    kind: choice.kind,
    request,
    ref: { host: host.id, dir: request.dir, name: `recorder-${o.part}` },
    asRoot: asRoot && usable.some(source => source.become === true),
  }
  await launch(a, recording)
  return recording
}

function sourcesOf(a: Attempt, facts: HostFacts, services: readonly Service[]): readonly FileSource[] {
  return a.plan.collectors.flatMap(({ id }) => {
    const collector = a.parts.collectors.get(id)
    if (collector === undefined || availabilityOf(a, facts, collector).state !== 'available') return []
    return collector.sources(facts, services)
  })
}

async function launch(a: Attempt, { host, kind, part, request, ref, asRoot }: Recording): Promise<void> {
  await host.put(a.parts.recorder.files(kind, request), request.dir)
  await a.run.make({
    host: host.id,
    remover: 'detached',
    args: { dir: ref.dir, name: ref.name },
    what: `recorder, part ${part}`,
  })
  await host.start(ref, a.parts.recorder.argv(kind, request), {
    lifeSeconds: a.lease.seconds,
    ...(asRoot ? { become: true } : {}),
  })
}

export type RecordingEnd = RecordingRef['end']

/** Stops recorders; one that had ended before is a finding. */
export async function stopRecordings(
  a: Attempt,
  recordings: readonly Recording[],
): Promise<ReadonlyMap<Recording, RecordingEnd>> {
  const ends = await Promise.all(recordings.map(async one => [one, await stopRecording(a, one)] as const))
  return new Map(ends)
}

async function stopRecording(a: Attempt, recording: Recording): Promise<RecordingEnd> {
  const { host, ref } = recording
  const before = await host.status(ref)
  await host.stop(ref, { graceSeconds: STOP_GRACE_SECONDS })
  const status = before.state === 'running' ? await host.status(ref) : before
  const end = endOf(before, status)
  if (end === 'stopped') return end
  const reason = await reasonOf(recording, status)
  if (end !== 'full')
    await note(a, { code: 'RECORDER_DIED', host: host.id, values: { host: host.id, reason } })
  else {
    const held = recording.request.tmpfsBytes + recording.request.diskBytes
    await note(a, { code: 'RECORDER_FULL', host: host.id, values: { host: host.id, bytes: held, reason } })
  }
  return end
}

function endOf(before: DetachedStatus, after: DetachedStatus): RecordingEnd {
  if (after.state === 'exited' && after.code === EXIT_FULL) return 'full'
  if (before.state === 'running') return 'stopped'
  if (after.state === 'exited' && after.deadline) return 'deadline'
  return 'died'
}

/** Why a recorder ended, from its status file where there is one. */
async function reasonOf({ host, request }: Recording, status: DetachedStatus): Promise<string> {
  const said = await host.exec(['head', '-c', '400', '--', `${request.dir}/status`])
  const text = said.code === 0 ? said.stdout.trim() : ''
  if (text !== '' && !text.startsWith('running')) return text
  if (status.state === 'gone') return status.reason
  if (status.state === 'exited') return status.deadline ? 'its deadline passed' : `exit code ${status.code}`
  return 'it does not end'
}

const READABLE = 'for file; do [ -f "$file" ] && chmod a+r -- "$file"; done; true'

/** Fetches a stopped recording into raw/<host>/recording-<part>.gz. Absent on the host: not in the record; a finding says so. */
export async function fetchRecording(a: Attempt, recording: Recording, end: RecordingEnd): Promise<void> {
  const { host, part, request, kind } = recording
  const outputs = a.parts.recorder.outputs(request)
  if (recording.asRoot)
    await must(host, 'make the recording readable', script(READABLE, ...outputs), { become: true })
  const path = `raw/${host.id}/recording-${part}.gz`
  const fetched = await fetchFiles(a, {
    host,
    paths: outputs,
    path,
    gzip: true,
    maxBytes: request.tmpfsBytes + request.diskBytes + (1 << 20),
  })
  if (fetched === null) {
    const values = { host: host.id, reason: 'its recording is gone' }
    await note(a, { code: 'RECORDER_DIED', host: host.id, values })
    return
  }
  const recorded = { host: host.id, part, path, recorder: kind, rate: request.rate, end }
  a.notes.recordings.push({ ...recorded, bytes: fetched.bytes })
}

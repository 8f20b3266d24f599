import { JoulemarkError } from '../model/error.ts'
import type { Deployed } from '../model/workload.ts'
import { type Attempt, note } from './attempt.ts'
import type { Clocks } from './clocks.ts'
import { environmentChanges, installedHosts, publicEnvironment } from './environment.ts'
import { fetchFiles, TOO_BIG } from './fetch.ts'
import { type Prepared, probePaths, readEnvironment } from './prepare.ts'
import { fetchRecording, type Recording, type RecordingEnd } from './recording.ts'

export interface Collected {
  readonly prepared: Prepared
  readonly deployed: Deployed
  readonly clocks: Clocks
  /** null: it could not be told. */
  readonly ends: ReadonlyMap<Recording, RecordingEnd | null>
}

/** After cool-down: recordings, files of work, clocks and the environment into the archive. */
export async function collect(a: Attempt, o: Collected): Promise<void> {
  for (const [recording, end] of o.ends) await fetchRecording(a, recording, end ?? 'died')
  for (const file of o.deployed.workFiles) await fetchWorkFile(a, file)
  await o.clocks.probe()
  await writeClocks(a, o.clocks)
  for (const finding of o.clocks.findings()) await note(a, finding)
  await environmentAfter(a, o.prepared)
}

/** raw/<host>/clock.json of every host. */
export async function writeClocks(a: Attempt, clocks: Clocks): Promise<void> {
  for (const host of a.hosts) {
    const record = { host: host.id, probes: clocks.probes(host.id) }
    await a.archive.write(`raw/${host.id}/clock.json`, `${JSON.stringify(record)}\n`)
  }
}

async function fetchWorkFile(a: Attempt, file: Deployed['workFiles'][number]): Promise<void> {
  const host = a.target.hosts.get(file.host)
  if (host === undefined)
    throw new Error(`work file ${file.name} lies on host ${file.host}, which the target does not have`)
  const name = file.gzip ? `${file.name}.gz` : file.name
  const { maxBytes, gzip } = file
  try {
    const fetched = await fetchFiles(a, { host, paths: [file.path], path: `work/${name}`, gzip, maxBytes })
    if (fetched !== null) a.notes.workFiles.push(name)
    else if (file.optional !== true) await noteAbsent(a, file, 'it was not made')
  } catch (error) {
    if (!(error instanceof JoulemarkError) || error.code !== TOO_BIG) throw error
    await noteAbsent(a, file, error.message)
  }
}

const noteAbsent = (a: Attempt, file: Deployed['workFiles'][number], reason: string): Promise<void> =>
  note(a, { code: 'WORK_ABSENT', host: file.host, values: { host: file.host, file: file.name, reason } })

async function environmentAfter(a: Attempt, { environment: before }: Prepared): Promise<void> {
  const after = await readEnvironment(a.hosts, { probePaths: probePaths(a), now: a.parts.now })
  await a.archive.write('environment-after.json', `${JSON.stringify(publicEnvironment(after))}\n`)
  for (const { id } of a.hosts) {
    if (before.hosts[id]?.bootId !== after.hosts[id]?.bootId)
      await note(a, { code: 'BOOT_CHANGED', host: id, values: { host: id } })
  }
  const installed = installedHosts(a.ledger.made(), a.planned.target)
  for (const change of environmentChanges(before, after, installed))
    await note(a, { code: 'ENVIRONMENT_CHANGED', host: change.host, values: { ...change } })
}

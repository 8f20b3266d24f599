import type { Service } from '../model/collector.ts'
import type { Host } from '../model/target.ts'
import type { Deployed } from '../model/workload.ts'
import { type Attempt, note } from './attempt.ts'
import { createDeployContext } from './deploy/context.ts'
import { fileMark, folderName } from './names.ts'
import { factsOf, type Prepared } from './prepare.ts'
import { publicPath } from './public-error.ts'

/** Id under which workloads watch their load generator (DeployContext.loadService). */
const LOADGEN_SERVICE = 'loadgen'

/** A load generator on the machine of the sut is inside the figure; a workload without one has nothing to share. */
export async function noteSharedLoadgen(
  a: Attempt,
  prepared: Prepared,
  services: readonly Service[],
): Promise<void> {
  const sut = a.target.host('sut').id
  const bootOf = (host: string): string => factsOf(prepared.facts, host).bootId
  const shared = services.some(({ id, host }) => id === LOADGEN_SERVICE && bootOf(host) === bootOf(sut))
  if (shared) await note(a, { code: 'LOADGEN_SHARED', host: sut, values: { host: sut } })
}

/** Lets the workload deploy; what it found and noted goes into the record, also when it fails. */
export async function deploy(a: Attempt, prepared: Prepared): Promise<Deployed> {
  const told: Promise<void>[] = []
  const tell = (telling: Promise<void>): void => {
    telling.catch(() => {})
    told.push(telling)
  }
  const campaign = a.parts.archive.id
  const deployment = createDeployContext({
    sut: a.target.host('sut'),
    loadgen: a.target.host('loadgen'),
    facts: prepared.facts,
    name: folderName(campaign, a.id),
    workDir: (host: Host) => workDir(prepared, host),
    fileMark: fileMark(campaign),
    install: a.plannedWorkload.install,
    purge: a.plannedWorkload.purge,
    ledger: entry => a.run.make(entry),
    finding: finding => tell(note(a, finding)),
    progress: text => tell(Promise.resolve(a.parts.emit({ type: 'progress', run: a.id, text }))),
    signal: a.signal,
    lifeSeconds: a.lease.seconds,
    ...(a.parts.controllerTools === undefined ? {} : { controllerTools: a.parts.controllerTools }),
  })
  try {
    return await a.workload.deploy(deployment.context, a.workload.params.parse(a.plannedWorkload.params))
  } finally {
    a.notes.tools.push(...deployment.found().tools.map(tool => ({ ...tool, path: publicPath(tool.path) })))
    await Promise.all(told)
  }
}

function workDir(prepared: Prepared, host: Host): string {
  const folders = prepared.folders.get(host.id)
  if (folders === undefined) throw new Error(`no folder on host ${host.id}`)
  return folders.work
}

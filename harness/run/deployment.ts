import type { Service } from '../model/collector.ts'
import type { Host } from '../model/target.ts'
import { type Deployed, isLoadgen } from '../model/workload.ts'
import { type Attempt, note } from './attempt.ts'
import { placeInPods } from './cluster/place.ts'
import { createDeployContext } from './deploy/context.ts'
import { fileMark, folderName } from './names.ts'
import { factsOf, type Prepared } from './prepare.ts'
import { publicPath } from './public-error.ts'

/** A load generator on the machine of the sut is inside the figure; a workload without one has nothing to share. */
export async function noteSharedLoadgen(
  a: Attempt,
  prepared: Prepared,
  services: readonly Service[],
): Promise<void> {
  const sut = a.target.host('sut').id
  const bootOf = (host: string): string => factsOf(prepared.facts, host).bootId
  const shared = services.some(({ id, host }) => isLoadgen(id) && bootOf(host) === bootOf(sut))
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
  const place =
    a.standing === undefined
      ? placeOnHosts(a, prepared)
      : await placeInPods(a.standing, prepared.facts, a.signal)
  const deployment = createDeployContext({
    ...place,
    name: folderName(campaign, a.id),
    fileMark: fileMark(campaign),
    install: a.standing === undefined ? a.plannedWorkload.install : 'never',
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

const placeOnHosts = (a: Attempt, prepared: Prepared) => ({
  sut: a.target.host('sut'),
  loadgens: [a.target.host('loadgen')],
  facts: prepared.facts,
  workDir: (host: Host) => workDir(prepared, host),
})

function workDir(prepared: Prepared, host: Host): string {
  const folders = prepared.folders.get(host.id)
  if (folders === undefined) throw new Error(`no folder on host ${host.id}`)
  return folders.work
}

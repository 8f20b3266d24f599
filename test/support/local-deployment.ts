import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Finding } from '../../harness/model/finding.ts'
import type { DetachedRef, Host, HostFacts } from '../../harness/model/target.ts'
import type { Deployed, WorkFiles } from '../../harness/model/workload.ts'
import { createDeployContext } from '../../harness/run/deploy/context.ts'
import type { DeployInput, Deployment } from '../../harness/run/deploy/input.ts'
import type { LedgerEntry } from '../../harness/run/ledger.ts'
import { fileMark, folderName } from '../../harness/run/names.ts'
import { must } from '../../harness/run/on-host.ts'
import { removers } from '../../harness/run/removers/registry.ts'
import { connectTarget } from '../../harness/targets/registry.ts'

/** A host, a run's folder on it, and a ledger in memory; all that was made is removed at disposal, by the real removers. */
export interface TestDeployment extends AsyncDisposable {
  readonly campaign: string
  readonly host: Host
  readonly dir: string
  readonly ledger: readonly LedgerEntry[]
  readonly findings: readonly Finding[]
  readonly deployment: Deployment
  /** Removes what the ledger names, last first; what each came to. */
  tearDown(): Promise<readonly string[]>
}

export interface TestOptions
  extends Partial<Pick<DeployInput, 'install' | 'purge' | 'env' | 'controllerTools' | 'lifeSeconds'>> {
  /** What is to be known of the host instead of what it is. */
  readonly pretend?: (facts: HostFacts) => HostFacts
}

/** Deployment on this machine. */
export async function localDeployment(options: TestOptions = {}): Promise<TestDeployment> {
  const target = await connectTarget({
    planned: {
      id: 'here',
      kind: 'local',
      hosts: [{ id: 'here', roles: ['sut', 'loadgen'], assumed: {} }],
      become: 'none',
    },
    connection: { kind: 'local', become: 'none' },
    readSecret: async () => '',
    env: process.env,
  })
  const place = await deploymentOn(target.host('sut'), options)
  return {
    ...place,
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]()
      await target[Symbol.asyncDispose]()
    },
  }
}

/** Deployment on one host that is both sut and loadgen. */
export async function deploymentOn(host: Host, options: TestOptions = {}): Promise<TestDeployment> {
  const { pretend, ...overrides } = options
  const campaign = `test-${randomBytes(4).toString('hex')}`
  const name = folderName(campaign, '0001-here-test-r1-a1')
  const real = await host.facts([])
  const dir = `${real.workRoot}/${name}-${host.id}`
  await must(host, 'make the folder', ['mkdir', '-p', '-m', '700', '--', dir])
  const ledger: LedgerEntry[] = [
    { host: host.id, remover: 'directory', args: { path: dir }, what: "the run's folder" },
  ]
  const findings: Finding[] = []
  const deployment = createDeployContext({
    sut: host,
    loadgen: host,
    facts: new Map([[host.id, pretend?.(real) ?? real]]),
    name,
    workDir: () => dir,
    fileMark: fileMark(campaign),
    install: 'never',
    purge: false,
    ledger: async entry => void ledger.push(entry),
    finding: finding => void findings.push(finding),
    progress: () => {},
    signal: new AbortController().signal,
    lifeSeconds: 300,
    ...overrides,
  })
  const tearDown = async (): Promise<string[]> => {
    const results: string[] = []
    for (const entry of ledger.splice(0).reverse())
      results.push((await removers.get(entry.remover)?.({ campaign, host, args: entry.args })) ?? 'unknown')
    return results
  }
  return {
    ...{ campaign, host, dir, ledger, findings, deployment, tearDown },
    [Symbol.asyncDispose]: async () => void (await tearDown()),
  }
}

/** Starts the load, lets it run while nothing talks to the host, ends it; its exit code. */
export async function runLoad(
  place: TestDeployment,
  deployed: Deployed,
  seconds: number,
): Promise<number | null> {
  const ref = await deployed.startLoad({
    warmUpSeconds: 1,
    windowSeconds: seconds - 1,
    windows: 1,
    totalSeconds: seconds + 20,
    seed: 7,
  })
  if (ref === null) return null
  await place.host.hush()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  await (deployed.endLoad === undefined ? place.host.stop(ref) : deployed.endLoad(ref))
  return exitCodeOf(place.host, ref)
}

async function exitCodeOf(host: Host, ref: DetachedRef): Promise<number | null> {
  const status = await host.status(ref)
  return status.state === 'exited' ? status.code : null
}

/** Work files as they lie on this machine, read as the archive would. */
export const workFilesOf = (deployed: Deployed): WorkFiles => ({
  names: deployed.workFiles.map(file => file.name),
  open: name => {
    const path = deployed.workFiles.find(file => file.name === name)?.path ?? ''
    const stream = createReadStream(path)
    return name.endsWith('.gz') ? stream.pipe(createGunzip()) : stream
  },
})

/** Process ids in the cgroups or the pid file by which a service is watched. */
export async function pidsOf(service: Deployed['services'][number]): Promise<readonly number[]> {
  const { watch } = service
  const path = watch.by === 'tree' ? watch.pidFile : `${Object.values(watch.paths)[0]}/cgroup.procs`
  return (await readFile(path, 'utf8')).trim().split('\n').map(Number)
}

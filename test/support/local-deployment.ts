import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Finding } from '../../harness/model/finding.ts'
import type { Host, HostFacts } from '../../harness/model/target.ts'
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
  /** The sut, and the loadgen where it is another host. */
  readonly hosts: readonly Host[]
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
  /** The load's host, when it is another one. */
  readonly loadgen?: Host
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

/** Deployment on a host that is both sut and loadgen, or on two. */
export async function deploymentOn(host: Host, options: TestOptions = {}): Promise<TestDeployment> {
  const { pretend = facts => facts, loadgen = host, ...overrides } = options
  const campaign = `test-${randomBytes(4).toString('hex')}`
  const name = folderName(campaign, '0001-here-test-r1-a1')
  const hosts = [...new Set([host, loadgen])]
  const facts = new Map<string, HostFacts>()
  const ledger: LedgerEntry[] = []
  for (const one of hosts) {
    const real = await one.facts([])
    facts.set(one.id, pretend(real))
    const path = `${real.workRoot}/${name}-${one.id}`
    ledger.push({ host: one.id, remover: 'directory', args: { path }, what: "the run's folder" })
    await must(one, 'make the folder', ['mkdir', '-p', '-m', '700', '--', path])
  }
  const workDir = ({ id }: Host): string => `${facts.get(id)?.workRoot}/${name}-${id}`
  const dir = workDir(host)
  const findings: Finding[] = []
  const deployment = createDeployContext({
    sut: host,
    loadgens: [loadgen],
    facts,
    name,
    workDir,
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
    for (const { host: id, remover, args } of ledger.splice(0).reverse()) {
      const on = hosts.find(one => one.id === id) ?? host
      results.push(
        (await removers.get(remover)?.({ campaign, host: on, args, purge: overrides.purge === true })) ??
          'unknown',
      )
    }
    return results
  }
  return {
    campaign,
    host,
    hosts,
    dir,
    ledger,
    findings,
    deployment,
    tearDown,
    [Symbol.asyncDispose]: async () => void (await tearDown()),
  }
}

/** Starts the load, lets it run while nothing talks to the host, ends it; its exit code. */
export async function runLoad(
  place: TestDeployment,
  deployed: Deployed,
  seconds: number,
): Promise<number | null> {
  const refs = await deployed.startLoad({
    warmUpSeconds: 1,
    windowSeconds: seconds - 1,
    windows: 1,
    totalSeconds: seconds + 20,
    seed: 7,
  })
  const [ref] = refs
  if (ref === undefined) return null
  for (const host of place.hosts) await host.hush()
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const host = place.hosts.find(one => one.id === ref.host) ?? place.host
  await (deployed.endLoad === undefined ? host.stop(ref) : deployed.endLoad(refs))
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

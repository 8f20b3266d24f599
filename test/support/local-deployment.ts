import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Finding } from '../../harness/model/finding.ts'
import type { DetachedRef, Host, HostFacts, Target } from '../../harness/model/target.ts'
import type { Deployed, WorkFiles } from '../../harness/model/workload.ts'
import { createDeployContext } from '../../harness/run/deploy/context.ts'
import type { DeployInput, Deployment } from '../../harness/run/deploy/input.ts'
import type { LedgerEntry } from '../../harness/run/ledger.ts'
import { fileMark, folderName } from '../../harness/run/names.ts'
import { removers } from '../../harness/run/removers/registry.ts'
import { connectTarget } from '../../harness/targets/registry.ts'

/** This machine as target, a run's folder, and a ledger in memory; all that was made is removed at disposal, by the real removers. */
export interface LocalDeployment extends AsyncDisposable {
  readonly campaign: string
  readonly host: Host
  readonly facts: HostFacts
  readonly dir: string
  readonly ledger: readonly LedgerEntry[]
  readonly findings: readonly Finding[]
  readonly deployment: Deployment
  /** Removes what the ledger names, last first; what each came to. */
  tearDown(): Promise<readonly string[]>
}

export type Overrides = Partial<
  Pick<DeployInput, 'install' | 'purge' | 'env' | 'controllerTools' | 'lifeSeconds'>
> & { readonly facts?: (facts: HostFacts) => HostFacts }

export async function localDeployment(overrides: Overrides = {}): Promise<LocalDeployment> {
  const campaign = `test-${randomBytes(4).toString('hex')}`
  const name = folderName(campaign, '0001-here-test-r1-a1')
  const target = await connectHere()
  const host = target.host('sut')
  const real = await host.facts([])
  const facts = overrides.facts?.(real) ?? real
  const dir = `${facts.workRoot}/${name}-${host.id}`
  await mkdir(dir, { mode: 0o700 })
  const ledger: LedgerEntry[] = [
    { host: host.id, remover: 'directory', args: { path: dir }, what: "the run's folder" },
  ]
  const findings: Finding[] = []
  const deployment = createDeployContext({
    sut: host,
    loadgen: host,
    facts: new Map([[host.id, facts]]),
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
    campaign,
    host,
    facts,
    dir,
    ledger,
    findings,
    deployment,
    tearDown,
    [Symbol.asyncDispose]: async () => {
      await tearDown()
      await target[Symbol.asyncDispose]()
    },
  }
}

const connectHere = (): Promise<Target> =>
  connectTarget({
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

/** Starts the load, lets it run while nothing talks to the host, ends it; its exit code. */
export async function runLoad(
  place: LocalDeployment,
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

/** Work files as they lie on the machine, read as the archive would. */
export const workFilesOf = (deployed: Deployed): WorkFiles => ({
  names: deployed.workFiles.map(file => file.name),
  open: name => {
    const path = deployed.workFiles.find(file => file.name === name)?.path ?? ''
    const stream = createReadStream(path)
    return name.endsWith('.gz') ? stream.pipe(createGunzip()) : stream
  },
})

/** Ports on which something listens, any address. */
export async function listening(): Promise<ReadonlySet<number>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map(name => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const lines = tables.join('\n').matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm)
  return new Set([...lines].map(match => Number.parseInt(match[1] ?? '', 16)))
}

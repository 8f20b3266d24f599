import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { DeployContext } from '../../model/workload.ts'
import { asUser, privateDir } from './account.ts'
import { findSutAddress } from './address.ts'
import { findFreePort } from './free-port.ts'
import type { DeployInput, Deployment, DeployState } from './input.ts'
import { launch } from './launch.ts'
import { need } from './need.ts'
import { loadService } from './prepare.ts'
import { startService } from './service.ts'

/**
 * What a workload deploys with. Everything it makes outside of the run's folder is written to the ledger first. Ledger lines:
 * `cgroup` {paths: {controller: path}} · `detached` {dir, name, signal?} · `directory` {path} · `file` {path} (begins with the campaign's
 * mark) · `packages` {manager, names, purge}. Reverse order is the order of removal.
 */
export function createDeployContext(input: DeployInput): Deployment {
  const state: DeployState = {
    input,
    tools: [],
    installed: [],
    ports: new Set(),
    ways: new Map(),
    prepared: new Map(),
  }
  const [loadgen = input.sut] = input.loadgens
  let address: Promise<string> | undefined
  const context: DeployContext = {
    sut: input.sut,
    loadgen,
    loadgens: input.loadgens,
    facts: input.facts,
    signal: input.signal,
    workDir: input.workDir,
    asset: url => fileURLToPath(url),
    need: (host, tool) => need(state, host, tool),
    freePort: host => findFreePort(state, host),
    sutAddress: () =>
      (address ??= input.pods ? Promise.resolve(input.pods.sutAddress) : findSutAddress(input)),
    ...(input.pods === undefined ? {} : { beginTogether: input.pods.beginTogether }),
    service: (host, id, argv, options) => startService(state, { host, id, argv, options: options ?? {} }),
    launch: (host, id, argv, options) => launch(state, { host, id, argv, options }),
    loadService: (host, id) => loadService(state, host, id),
    privateDir: (host, id, users) => privateDir(state, { host, id, users }),
    asUser: (host, user, argv) => asUser(state, { host, user, argv }),
    secret: () => randomBytes(16).toString('hex'),
    ledger: async (host, remover, args, what) => {
      await input.ledger({ host: host.id, remover, args, what })
    },
    finding: input.finding,
    progress: input.progress,
  }
  return { context, found: () => ({ tools: [...state.tools], installed: [...state.installed] }) }
}

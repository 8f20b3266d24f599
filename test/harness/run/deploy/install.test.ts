import { expect, test } from 'vitest'
import type { Exit, Host } from '../../../../harness/model/target.ts'
import type { ToolNeed } from '../../../../harness/model/workload.ts'
import type { DeployState } from '../../../../harness/run/deploy/input.ts'
import { install } from '../../../../harness/run/deploy/install.ts'
import { need } from '../../../../harness/run/deploy/need.ts'
import { MANAGERS, type ManagerName } from '../../../../harness/run/deploy/package-managers.ts'
import type { LedgerEntry } from '../../../../harness/run/ledger.ts'
import { lightMachine } from '../light-machine.ts'

const NGINX: ToolNeed = {
  name: 'nginx',
  programs: ['jm-nginx'],
  versionArgs: ['-v'],
  versionPattern: /(.+)/,
  packages: { apt: ['nginx'], dnf: ['nginx'] },
}

interface Answers {
  readonly manager: ManagerName
  /** What is installed before and after. */
  readonly lists: readonly [readonly string[], readonly string[]]
  readonly simulated: readonly string[]
  readonly code?: number
  readonly said?: string
}

/** A host of whose package manager nothing is there but the answers. */
function answering(o: Answers): Host {
  const manager = MANAGERS.find(({ name }) => name === o.manager)
  if (manager === undefined) throw new Error(`no manager ${o.manager}`)
  const lists = [...o.lists]
  const exit = (lines: readonly string[], code = 0): Exit => ({
    code,
    signal: null,
    stdout: lines.join('\n'),
    stderr: '',
    truncated: false,
  })
  return {
    ...lightMachine('/nonexistent', () => 0).host('web', ['sut']),
    exec: async ([program, , text = '']) => {
      if (program === 'tail') return exit([o.said ?? ''])
      if (MANAGERS.some(({ present }) => text === present)) return exit([], text === manager.present ? 0 : 1)
      if (text.endsWith(manager.list)) return exit(lists.shift() ?? [])
      if (text.endsWith(manager.simulate)) return exit(o.simulated)
      return exit(text.includes('echo denies') ? ['denies'] : [])
    },
    put: async () => {},
    start: async () => {},
    status: async () => ({ state: 'exited', code: o.code ?? 0, deadline: false }),
  }
}

interface Told {
  readonly state: DeployState
  readonly ledger: LedgerEntry[]
  readonly progress: string[]
}

function deploying(host: Host): Told {
  const ledger: LedgerEntry[] = []
  const progress: string[] = []
  const input: DeployState['input'] = {
    sut: host,
    loadgens: [host],
    facts: new Map(),
    name: 'jm-x',
    workDir: () => '/work',
    fileMark: '# joulemark x',
    install: 'allow',
    purge: true,
    ledger: async entry => void ledger.push(entry),
    finding: () => {},
    progress: text => void progress.push(text),
    signal: new AbortController().signal,
    lifeSeconds: 60,
    env: {},
  }
  const common = { tools: [], installed: [], ports: new Set<number>() }
  return { state: { input, ...common, ways: new Map(), prepared: new Map() }, ledger, progress }
}

const packageLines = (ledger: readonly LedgerEntry[]) =>
  ledger.filter(({ remover }) => remover === 'packages').map(({ args }) => args)

test('what somebody else installed meanwhile is listed, and stays', async () => {
  const after = ['bash', 'nginx', 'openssh-server']
  const host = answering({ manager: 'apt', lists: [['bash'], after], simulated: ['nginx'] })
  const { state, ledger } = deploying(host)
  expect(await install(state, host, NGINX)).toBeNull()
  expect(packageLines(ledger)).toEqual([
    { manager: 'apt', names: ['nginx'], purge: true },
    { manager: 'apt', names: ['openssh-server'], purge: false },
  ])
  expect(state.installed).toEqual([
    { host: 'web', manager: 'apt', names: ['nginx'], kept: false },
    { host: 'web', manager: 'apt', names: ['openssh-server'], kept: true },
  ])
})

test('where nobody can say what will come, only what was asked for goes again', async () => {
  const lists = [['bash'], ['bash', 'nginx', 'nginx-core']] as const
  const host = answering({ manager: 'dnf', lists, simulated: ['nginx'] })
  const { state, ledger } = deploying(host)
  await install(state, host, NGINX)
  expect(packageLines(ledger)).toMatchObject([
    { names: ['nginx'], purge: true },
    { names: ['nginx-core'], purge: false },
  ])
})

test('what a package manager says when it fails is told, without passwords, and is not the reason that is kept', async () => {
  const said =
    "E: Proxy 'http://ada:p@ss@proxy.example:3128' refused\nE: Failed to fetch https://ada:s3cret@mirror.example/n.deb"
  const lists = [['bash'], ['bash']] as const
  const host = answering({ manager: 'apt', lists, simulated: ['nginx'], code: 100, said })
  const { state, progress } = deploying(host)
  await expect(need(state, host, NGINX)).rejects.toMatchObject({
    name: 'ToolMissing',
    hint: 'the package manager failed, exit 100; state/log.ndjson has what it said',
  })
  expect(progress).toEqual([
    'install nginx on web',
    "package manager on web: E: Proxy 'http://proxy.example:3128' refused",
    'package manager on web: E: Failed to fetch https://mirror.example/n.deb',
  ])
})

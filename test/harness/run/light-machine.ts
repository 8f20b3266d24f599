import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { access, copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JoulemarkError } from '../../../harness/model/error.ts'
import type {
  DetachedRef,
  DetachedStatus,
  Exit,
  Host,
  HostFacts,
  Role,
} from '../../../harness/model/target.ts'

const key = (ref: DetachedRef): string => `${ref.dir}/${ref.name}`

/** A machine as its hosts see it: folders of its own, and the processes that were started there, which outlive a controller. */
export interface LightMachine extends AsyncDisposable {
  host(id: string, roles: readonly Role[]): Host
  /** Names of processes that run. */
  running(): readonly string[]
  /** Lives that were renewed: name of the process, and seconds. */
  readonly renewed: (readonly [string, number])[]
  /** Refuses everything from now on, as a host that is down; false: it is back. */
  down: boolean
  /** Its wall clock less the controller's, µs. */
  offset: number
  /** What is different about it. */
  facts: Partial<HostFacts>
}

export const lightFacts = (dir: string): HostFacts => ({
  bootId: '11111111-2222-3333-4444-555555555555',
  arch: 'x64',
  kernel: '6.1.0',
  os: { id: 'debian', version: '12', libc: 'glibc' },
  cpu: { model: 'toy', vendor: 'toy', sockets: 1, cores: 2, threads: 2, governor: null, turbo: null },
  memoryBytes: 2 ** 30,
  virtualization: 'none',
  container: false,
  cgroup: { version: 'none', mounts: {}, own: {}, writable: {} },
  init: 'other',
  user: { root: true, systemdUser: false },
  perl: '5.36.0',
  tools: { sh: 'dash' },
  userHz: 100,
  pageSize: 4096,
  workRoot: join(dir, 'work'),
  workRootExec: true,
  workRootFree: 1e9,
  tmpfs: { path: join(dir, 'shm'), free: 1e9 },
  probes: { '/proc/loadavg': { text: '0 0 0' } },
})

/**
 * This machine without the door between: commands are run as they are, files are written in place. For tests of what is done in which
 * order; the real doors have tests of their own.
 */
export function lightMachine(dir: string, now: () => number): LightMachine {
  const processes = new Map<string, { readonly child: ChildProcess; ended: DetachedStatus | null }>()
  const machine: LightMachine = {
    down: false,
    offset: 0,
    facts: {},
    renewed: [],
    running: () => [...processes].flatMap(([name, one]) => (one.ended === null ? [name] : [])),
    host: (id, roles) => ({
      id,
      roles,
      exec: run(machine),
      put,
      fetch,
      hush: async () => {},
      clock: async () => ({
        at: now(),
        offset: machine.offset,
        uncertainty: 100,
        wall: now() + machine.offset,
        boot: now() - 1e12,
        resolution: 1,
      }),
      facts: async () => {
        refuse(machine)
        return { ...lightFacts(dir), ...machine.facts }
      },
      link: async () => ({ how: 'local', user: 'toy', address: '', key: '', via: [], notes: [] }),
      start: async (ref, argv) => {
        refuse(machine)
        await access(ref.dir)
        const [program = '', ...args] = argv
        const child = spawn(program, args, { detached: true, stdio: 'ignore' })
        const process: { readonly child: ChildProcess; ended: DetachedStatus | null } = { child, ended: null }
        child.once('exit', code => (process.ended = { state: 'exited', code: code ?? 143, deadline: false }))
        processes.set(key(ref), process)
      },
      status: async ref => {
        const process = processes.get(key(ref))
        if (process === undefined) return { state: 'gone', reason: 'it was never started' }
        return process.ended ?? { state: 'running', pid: process.child.pid ?? 0 }
      },
      stop: async ref => stop(processes.get(key(ref))),
      renew: async (ref, seconds) => {
        refuse(machine)
        machine.renewed.push([ref.name, seconds])
      },
    }),
    [Symbol.asyncDispose]: async () => {
      for (const process of processes.values()) await stop(process)
    },
  }
  return machine
}

async function stop(
  process: { readonly child: ChildProcess; ended: DetachedStatus | null } | undefined,
): Promise<void> {
  const pid = process?.child.pid
  if (process === undefined || process.ended !== null || pid === undefined) return
  const over = new Promise(resolve => process.child.once('exit', resolve))
  globalThis.process.kill(-pid, 'SIGKILL')
  await over
}

function refuse(machine: LightMachine): void {
  if (machine.down)
    throw new JoulemarkError({ code: 'unreachable', message: 'the machine is down', exit: 'unreachable' })
}

const run =
  (machine: LightMachine): Host['exec'] =>
  async ([program = '', ...args], o = {}) => {
    refuse(machine)
    const child = spawn(program, args, {
      cwd: o.cwd ?? '/',
      env: { ...process.env, ...o.env },
      stdio: 'pipe',
    })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', chunk => (said.stdout += String(chunk)))
    child.stderr.on('data', chunk => (said.stderr += String(chunk)))
    child.stdin.on('error', () => {}).end(o.stdin ?? '')
    const exit = await new Promise<Pick<Exit, 'code' | 'signal'>>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
    return { ...exit, ...said, truncated: false }
  }

const put: Host['put'] = async (files, dir) => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const file of files) {
    const path = join(dir, file.name)
    if ('from' in file) await copyFile(file.from, path)
    else await writeFile(path, file.content, { mode: file.mode })
  }
}

const fetch: Host['fetch'] = async function* (path, maxBytes) {
  if ((await stat(path)).size > maxBytes) throw new Error(`${path} is too large`)
  yield* createReadStream(path) as AsyncIterable<Uint8Array>
}

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Collector } from '../../../harness/model/collector.ts'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import type { Plan } from '../../../harness/model/plan.ts'
import type { RecorderKit } from '../../../harness/model/recorder.ts'
import type { LedgerLine, RunRecord } from '../../../harness/model/run.ts'
import type { Host, Target } from '../../../harness/model/target.ts'
import { bytes } from '../../../harness/model/units.ts'
import type { DeployContext, Deployed, Workload } from '../../../harness/model/workload.ts'
import type { RunParts, Sink } from '../../../harness/run/parts.ts'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import { createCampaign } from '../../../results/archive/node-archive.ts'
import { type LightMachine, lightMachine } from './light-machine.ts'

/** In memory where there is such a folder: the ledger is fsynced at every line, and a disk takes its time for that. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export const TOOL = '0.0.0-toy'

/** Reads one small file. */
export const toyCollector: Collector = {
  id: 'toy',
  title: 'Toy',
  about: 'For tests of running.',
  probePaths: ['/proc/loadavg'],
  probe: () => ({ state: 'available', detail: 'toy' }),
  sources: () => [{ id: 'toy/loadavg', path: '/proc/loadavg', maxBytes: bytes(100) }],
  estimate: () => bytes(30),
  parser: () => ({ push: () => {}, drain: () => [], findings: () => [] }),
}

/** A recorder whose recording is there from its start. */
export const toyRecorder: RecorderKit = {
  choose: () => ({ kind: 'sh' }),
  files: () => [{ name: 'recording', mode: 0o600, content: 'recorded\n' }],
  argv: () => ['sleep', '600'],
  outputs: request => [`${request.dir}/absent`, `${request.dir}/recording`],
}

export interface ToyHooks {
  /** Called in deploy, after the service was started. */
  readonly inDeploy?: (ctx: DeployContext) => Promise<void>
  readonly startLoad?: () => Promise<void>
}

/** A service that waits and a load that writes one file; both end with their folder. */
export function toyWorkload(hooks: ToyHooks = {}): Workload {
  return {
    id: 'toy',
    version: '1',
    title: 'Toy',
    about: 'For tests of running.',
    params: z.strictObject({}),
    functionalUnit: 'piece',
    estimate: () => ({ workBytesPerSecond: 1, deploySeconds: 1, diskBytes: 1 }),
    deploy: async (ctx): Promise<Deployed> => {
      const service = await ctx.service(ctx.sut, 'toy', ['sleep', '600'])
      const load = await ctx.loadService(ctx.loadgen, 'loadgen')
      await hooks.inDeploy?.(ctx)
      const dir = `${ctx.workDir(ctx.loadgen)}/load`
      return {
        services: [service, load],
        startLoad: async () => {
          await hooks.startLoad?.()
          await ctx.loadgen.put([{ name: 'pieces.txt', mode: 0o600, content: '1\n2\n' }], dir)
          return [await ctx.launch(ctx.loadgen, 'loadgen', ['sleep', '600'], { dir, lifeSeconds: 600 })]
        },
        workFiles: [
          { host: ctx.loadgen.id, path: `${dir}/pieces.txt`, name: 'pieces.txt', gzip: true, maxBytes: 1000 },
          {
            host: ctx.loadgen.id,
            path: `${dir}/none.txt`,
            name: 'none.txt',
            gzip: false,
            maxBytes: 1000,
            optional: true,
          },
        ],
      }
    },
    reader: {
      async *work() {},
      facts: async () => ({
        dropped: 0,
        vuMax: null,
        vuUsed: null,
        checked: null,
        wrong: null,
        exitCode: null,
        findings: [],
      }),
    },
  }
}

export interface ToyPlan {
  readonly hosts?: Plan['targets'][number]['hosts']
  readonly repetitions?: number
  readonly retries?: number
  readonly windows?: number
  readonly targets?: readonly string[]
}

export function toyPlan(o: ToyPlan = {}): Plan {
  const repetitions = o.repetitions ?? 1
  const targets = o.targets ?? ['here']
  const cells = Array.from({ length: repetitions }, (_, index) =>
    targets.map(target => ({ target, repetition: index + 1 })),
  ).flat()
  return {
    schema: 'joulemark/plan/1',
    tool: TOOL,
    name: 'toy',
    title: 'Toy',
    zone: 'UTC',
    protocol: {
      profile: 'quick',
      durations: { baseline: 0.4, idle: 0.3, warmUp: 0.1, window: 0.5, coolDown: 0.2 },
      windows: o.windows ?? 1,
      repetitions,
      order: 'file',
      seed: 1,
      retries: o.retries ?? 0,
      ranked: false,
    },
    targets: targets.map(id => ({
      id,
      kind: 'local',
      hosts: o.hosts ?? [{ id: 'host', roles: ['sut', 'loadgen'], assumed: {} }],
      become: 'none',
    })),
    workloads: [
      {
        key: 'toy',
        id: 'toy',
        version: '1',
        params: {},
        functionalUnit: 'piece',
        install: 'never',
        purge: false,
      },
    ],
    collectors: [{ id: 'toy' }],
    rate: 10,
    buffer: { tmpfsBytes: 1 << 20, diskBytes: 1 << 20 },
    influx: false,
    runs: cells.map((cell, index) => ({ number: index + 1, workload: 'toy', ...cell })),
    digest: '0'.repeat(64),
  }
}

/** A sink that notes what it is told. */
export function toySink(log: string[]): Sink {
  let stored = 0
  return {
    accept: async run => {
      log.push(`accept ${run}`)
      stored += 1
    },
    pause: () => void log.push('pause'),
    resume: () => void log.push('resume'),
    counts: () => ({ stored, waiting: 0, refused: 0 }),
    close: async () => {},
  }
}

export interface World extends AsyncDisposable {
  readonly dir: string
  readonly plan: Plan
  readonly archive: CampaignArchive
  /** The machine that all targets are. */
  readonly machine: LightMachine
  readonly events: CampaignEvent[]
  /** Calls of the sink, and calls of hosts as `host <verb>`, in order with the phases. */
  readonly log: string[]
  readonly stop: AbortController
  readonly hardStop: AbortController
  readonly lockDir: string
  /** Parts as a controller has them; each call is another controller. */
  parts(change?: Partial<RunParts>): RunParts
  /** Everything of ours on the machine: files below its folders, with locks, and processes. */
  leftovers(): Promise<readonly string[]>
  record(run: string): Promise<RunRecord | null>
  ledger(): Promise<readonly LedgerLine[]>
}

let count = 0

/** A campaign folder, and a machine with folders for work, memory and locks below a temporary one. */
export async function toyWorld(plan: Plan = toyPlan()): Promise<World> {
  const dir = await mkdtemp(join(FOLDER, 'jm-toy-'))
  for (const name of ['work', 'shm', 'locks']) await mkdir(join(dir, name))
  count += 1
  const archive = await createCampaign(
    join(dir, `toy-20260101T000000Z-${count.toString(16).padStart(4, '0')}`),
    {
      plan,
      campaignText: 'schema: joulemark/v1\n',
    },
  )
  const events: CampaignEvent[] = []
  const log: string[] = []
  const stop = new AbortController()
  const hardStop = new AbortController()
  // In 2001: whatever of ours is really on this machine is live for as long as a toy can see ahead.
  const clock = { now: 1e15 }
  const lockDir = join(dir, 'locks', 'jm')
  let controllers = 0
  const machine = lightMachine(dir, () => clock.now)
  const connect = async (id: string): Promise<Target> => {
    const planned = plan.targets.find(target => target.id === id)
    if (planned === undefined) throw new Error(`no target ${id}`)
    const hosts = planned.hosts.map(host => logged(machine.host(host.id, host.roles), log))
    const inRole = (role: 'sut' | 'loadgen'): Host => {
      const found = hosts.find(host => host.roles.includes(role))
      if (found === undefined) throw new Error(`no ${role}`)
      return found
    }
    const byId = new Map(hosts.map(host => [host.id, host]))
    return { id, kind: 'local', hosts: byId, host: inRole, [Symbol.asyncDispose]: async () => {} }
  }
  return {
    dir,
    plan,
    archive,
    machine,
    events,
    log,
    stop,
    hardStop,
    lockDir,
    parts: change => {
      controllers += 1
      return {
        archive,
        connect,
        lockDir,
        toolVersion: TOOL,
        collectors: new Map([['toy', toyCollector]]),
        workloads: new Map([['toy', toyWorkload()]]),
        recorder: toyRecorder,
        sink: toySink(log),
        judge: async () => 'unranked',
        emit: event => {
          events.push(event)
          if (event.type === 'phase') log.push(`phase ${event.phase}`)
          if (event.type === 'phase-end') log.push(`end ${event.phase}`)
        },
        now: () => clock.now,
        sleep: async (seconds, signal) => {
          signal.throwIfAborted()
          // What waits for long waits for an abort.
          if (seconds > 60)
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          clock.now += Math.round(seconds * 1e6)
        },
        signal: stop.signal,
        hardSignal: hardStop.signal,
        owner: `controller-${controllers}`,
        ...change,
      }
    },
    leftovers: async () => {
      const found = await readdir(dir, { recursive: true })
      return [...found.filter(path => /^(work|shm|locks)\//.test(path)).sort(), ...machine.running()]
    },
    record: run => archive.run(run).record(),
    ledger: () => archive.ledger(),
    [Symbol.asyncDispose]: async () => {
      await machine[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The host, with its calls logged. */
const logged = (host: Host, log: string[]): Host =>
  new Proxy(host, {
    get: (of, name: keyof Host) => {
      const value = of[name]
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]) => {
        log.push(`${host.id} ${name}`)
        return Reflect.apply(value, of, args)
      }
    },
  })

/** Text of a file below the campaign's folder. */
export const campaignFile = (world: World, path: string): Promise<string> =>
  readFile(join(world.archive.dir, path), 'utf8')

import { meterKinds } from '../../../collectors/meter-kinds.ts'
import { decodeRecording } from '../../../collectors/recorder/decode.ts'
import { collectors } from '../../../collectors/registry.ts'
import type { Finding } from '../../../harness/model/finding.ts'
import { meterFile, type PlannedMeter } from '../../../harness/model/meter.ts'
import { Plan, type Protocol } from '../../../harness/model/plan.ts'
import type { Cleanup, RunRecord } from '../../../harness/model/run.ts'
import type { Work } from '../../../harness/model/workload.ts'
import type { CampaignArchive } from '../../../results/archive/archive.ts'
import type { DeriveParts } from '../../../results/derive/derive.ts'
import { serverFacts } from './host-facts.ts'
import { memoryArchive, type RunContent } from './memory-archive.ts'
import { BOOT_AT_START, type SyntheticHost, syntheticHost, syntheticRecording } from './synthetic-host.ts'
import { type ToyFile, toyWorkload } from './toy-workload.ts'

/** Start of every synthetic run on the controller's clock, µs. */
export const START = 1_767_225_600_000_000

/** Phases, s after the start: baseline 2 – 12, deploy, idle 14 – 20, warm-up, window 22 – 42, cool-down 42 – 46. */
export const PHASES = [
  { name: 'baseline', from: 2, to: 12 },
  { name: 'deploy', from: 12, to: 14 },
  { name: 'idle', from: 14, to: 20 },
  { name: 'warm-up', from: 20, to: 22 },
  { name: 'window', from: 22, to: 42 },
  { name: 'cool-down', from: 42, to: 46 },
] as const

/** A run, described by what is out of the ordinary. */
export interface SyntheticRun {
  readonly hosts: readonly SyntheticHost[]
  readonly rate: number
  readonly outcome: RunRecord['outcome']
  readonly phases: readonly {
    readonly name: (typeof PHASES)[number]['name']
    readonly from: number
    readonly to: number
  }[]
  readonly work: ToyFile | null
  readonly findings: readonly Finding[]
  /** How both recordings end; null: without an end, as a killed recorder leaves them. */
  readonly end: 'stopped' | 'full' | null
  readonly cleanup: Cleanup | null
  readonly bootIdAfter: string | null
  /** CPU governor before and after. */
  readonly governors: readonly [string | null, string | null]
  /** Turbo before and after. */
  readonly turbo: readonly [boolean | null, boolean | null]
  readonly tools: RunRecord['tools']
  /** Version of Joulemark that measured. */
  readonly tool: string
  /** ± of every clock probe, µs. */
  readonly doubt: number
  readonly services: RunRecord['services']
  readonly attempt: number
  /** W that meters say each second, s after the start, by their ids: meters of kind shelly. */
  readonly said: Readonly<Record<string, (t: number) => number>>
}

/** Ten requests a second through the whole run, each of 20 ms. */
export const steadyWork = (offset = 0): Work[] =>
  Array.from({ length: 460 }, (_, i) => ({
    at: START + offset + i * 100_000 + 50_000,
    units: 1,
    ok: true,
    latency: 20_000,
  }))

/** A service in a cgroup of its own. */
export const cgroupService = (id: string, host: string): RunRecord['services'][number] => ({
  id,
  host,
  watch: { by: 'cgroup', version: 2, paths: { unified: `/sys/fs/cgroup/${id}` } },
})

export const syntheticRun = (of: Partial<SyntheticRun> = {}): SyntheticRun => ({
  hosts: [syntheticHost()],
  rate: 4,
  outcome: 'complete',
  phases: PHASES,
  work: { pieces: steadyWork(), facts: {} },
  findings: [],
  end: 'stopped',
  cleanup: { made: 2, gone: 2, items: [], checkedAt: START + 60e6 },
  bootIdAfter: null,
  governors: ['performance', 'performance'],
  turbo: [null, null],
  tools: [],
  tool: '0.0.0-test',
  doubt: 500,
  services: [cgroupService('toy', 'sut')],
  attempt: 1,
  said: {},
  ...of,
})

export const STANDARD: Protocol = {
  profile: 'standard',
  durations: { baseline: 10, idle: 6, warmUp: 2, window: 20, coolDown: 4 },
  windows: 1,
  repetitions: 6,
  order: 'random',
  seed: 7,
  retries: 0,
  ranked: true,
}

export interface SyntheticCampaign {
  readonly protocol?: Partial<Protocol>
  readonly params?: Record<string, number | string>
  readonly assumed?: Record<string, number>
  readonly meters?: readonly PlannedMeter[]
}

/** A campaign of the toy workload on one target: run k is repetition k + 1. */
export function syntheticCampaign(runs: readonly SyntheticRun[], o: SyntheticCampaign = {}): CampaignArchive {
  const numbers = numbered(runs)
  const plan = Plan.parse({
    schema: 'joulemark/plan/1',
    tool: '0.0.0-test',
    name: 'synthetic',
    title: 'Synthetic',
    zone: 'UTC',
    protocol: { ...STANDARD, ...o.protocol },
    targets: [
      {
        id: 'lab',
        kind: 'local',
        hosts: (runs[0]?.hosts ?? []).map(({ id, roles }) => ({ id, roles, assumed: o.assumed ?? {} })),
        become: 'none',
      },
    ],
    workloads: [
      {
        key: 'toy',
        id: 'toy',
        version: '1',
        params: o.params ?? { rate: 10 },
        functionalUnit: 'request',
        install: 'never',
        purge: false,
      },
    ],
    collectors: [{ id: 'cpu' }, { id: 'footprint' }, { id: 'rapl' }],
    rate: runs[0]?.rate ?? 1,
    buffer: { tmpfsBytes: 1e6, diskBytes: 0 },
    influx: false,
    ...(o.meters === undefined ? {} : { meters: o.meters }),
    runs: [...new Set(numbers)].map(number => ({
      number,
      target: 'lab',
      workload: 'toy',
      repetition: number,
    })),
    digest: 'd'.repeat(64),
  })
  return memoryArchive(
    plan,
    new Map(
      runs.map((run, i) => [
        runIdOf(numbers[i] as number, run.attempt),
        contentOf(run, numbers[i] as number),
      ]),
    ),
  )
}

/** A later attempt belongs to the run before it. */
function numbered(runs: readonly SyntheticRun[]): number[] {
  let number = 0
  return runs.map(run => (run.attempt === 1 ? ++number : number))
}

export const runIdOf = (number: number, attempt = 1): string =>
  `${String(number).padStart(4, '0')}-lab-toy-r${number}-a${attempt}`

function contentOf(run: SyntheticRun, number: number): RunContent {
  const facts = Object.fromEntries(
    run.hosts.map(h => {
      const f = serverFacts({
        bootId: h.bootId,
        threads: h.threads,
        rapl: h.watts !== null,
        dram: h.dramUntil !== null,
      })
      return [h.id, { ...f, cpu: { ...f.cpu, governor: run.governors[0], turbo: run.turbo[0] } }]
    }),
  )
  const after = Object.fromEntries(
    Object.entries(facts).map(([id, f]) => [
      id,
      {
        ...f,
        bootId: run.bootIdAfter ?? f.bootId,
        cpu: { ...f.cpu, governor: run.governors[1], turbo: run.turbo[1] },
      },
    ]),
  )
  const content = new Map<string, string | Uint8Array>([
    ['run.json', JSON.stringify(recordOf(run, number))],
    ['environment-before.json', JSON.stringify({ at: START, hosts: facts })],
    ['environment-after.json', JSON.stringify({ at: START + 50e6, hosts: after })],
  ])
  for (const [id, watts] of Object.entries(run.said)) content.set(meterFile(id), saidLines(watts))
  if (run.cleanup !== null) content.set('cleanup.json', JSON.stringify(run.cleanup))
  if (run.work !== null) content.set('work/toy.json.gz', JSON.stringify(run.work))
  for (const host of run.hosts) {
    content.set(
      `raw/${host.id}/clock.json`,
      JSON.stringify({ host: host.id, probes: probesOf(host, run.doubt) }),
    )
    for (const [part, from, to] of PARTS) {
      content.set(
        `raw/${host.id}/recording-${part}.gz`,
        syntheticRecording(host, {
          start: START,
          from,
          to,
          rate: run.rate,
          end: run.end,
          services: part === 1 ? [] : watched(run, host.id),
        }),
      )
    }
  }
  return content
}

const saidLines = (watts: (t: number) => number): string =>
  Array.from({ length: 48 }, (_, t) => ({
    at: START + t * 1e6,
    took: 0,
    said: { power: String(watts(t)) },
  }))
    .map(line => `${JSON.stringify(line)}\n`)
    .join('')

const watched = (run: SyntheticRun, host: string): string[] =>
  run.services.filter(s => s.host === host && s.watch.by === 'cgroup').map(s => s.id)

const PARTS = [
  [1, 0, 13.5],
  [2, 13.5, 47],
] as const

const probesOf = (host: SyntheticHost, doubt: number): object[] =>
  [-1, 13.4, 48].map(t => ({
    at: START + t * 1e6,
    offset: host.offset,
    uncertainty: doubt,
    wall: START + t * 1e6 + host.offset,
    boot: BOOT_AT_START + t * 1e6,
    resolution: 1,
  }))

function recordOf(run: SyntheticRun, number: number): RunRecord {
  let windows = 0
  return {
    schema: 'joulemark/run/1',
    id: runIdOf(number, run.attempt),
    tool: run.tool,
    number,
    target: 'lab',
    workload: 'toy',
    repetition: number,
    attempt: run.attempt,
    outcome: run.outcome,
    phases: run.phases.map(p => ({
      name: p.name,
      index: p.name === 'window' ? windows++ : 0,
      start: START + p.from * 1e6,
      end: START + p.to * 1e6,
    })),
    recordings: run.hosts.flatMap(host =>
      PARTS.map(([part]) => ({
        host: host.id,
        part,
        path: `raw/${host.id}/recording-${part}.gz`,
        recorder: 'perl' as const,
        rate: run.rate,
        end: run.end ?? ('died' as const),
        bytes: 1000,
      })),
    ),
    services: [...run.services],
    collectors: [],
    tools: [...run.tools],
    workFiles: run.work === null ? [] : ['toy.json.gz'],
    loadExit: 0,
    findings: [...run.findings],
    error: null,
  }
}

export const PARTS_FOR_TESTS: DeriveParts = {
  decode: decodeRecording,
  collectors: new Map(Object.entries(collectors)),
  meters: meterKinds,
  workloads: new Map([['toy', toyWorkload]]),
  toolVersion: '0.0.0-test',
}

import type { PlannedMeter } from '../../../harness/model/meter.ts'
import { Plan } from '../../../harness/model/plan.ts'
import type { RunRecord } from '../../../harness/model/run.ts'
import { serverFacts } from './host-facts.ts'
import { type RunContent } from './memory-archive.ts'

/** Start of the first run, controller's clock, µs; each begins an hour later. */
const START = 1_767_225_600_000_000
const HOUR = 3_600e6

/** A level of a qualification, described by what is out of the ordinary. */
export interface LevelRun {
  /** Key and id of the workload. */
  readonly workload: string
  /** W that the host takes, t s after the begin of its first window. */
  readonly watts: (t: number) => number
  /** Lengths of its windows, s. */
  readonly windows: readonly number[]
  readonly outcome: RunRecord['outcome']
  readonly cpu: string
  /** What the sensor says where the host takes so many W; null: it does not answer. */
  readonly sensor: (watts: number, t: number) => number | null
}

export const level = (workload: string, watts: number, of: Partial<LevelRun> = {}): LevelRun => ({
  workload,
  watts: () => watts,
  windows: [300],
  outcome: 'complete',
  cpu: 'Example 9000',
  sensor: w => w,
  ...of,
})

/** Idle and two loads, with a sensor of a known gain. */
export const threeLevels = (gain: number, of: Partial<LevelRun> = {}): LevelRun[] =>
  (
    [
      ['idle', 80],
      ['web', 140],
      ['pack', 220],
    ] as const
  ).map(([workload, watts]) => level(workload, watts, { sensor: w => w * gain, ...of }))

/** A meter of power on the one host of the plan. */
export const meterOn = (id: string, of: Partial<PlannedMeter> = {}): PlannedMeter => ({
  id,
  kind: 'shelly',
  settings: { generation: '1', component: 'switch', channel: 0 },
  seconds: 1,
  behind: [{ target: 'lab', host: 'sut', instances: null }],
  accuracy: null,
  scope: null,
  source: null,
  reads: null,
  take: null,
  ...of,
})

export const BMC = meterOn('bmc', { source: 'bmc', scope: 'whole server' })
export const ANALYZER = meterOn('analyzer', {
  accuracy: { readingPercent: 1, rangePercent: 0, rangeWatts: 0 },
  settings: { generation: '1', component: 'switch', channel: 1 },
})

export const runIdOf = ({ workload }: LevelRun, i: number): string =>
  `${String(i + 1).padStart(4, '0')}-lab-${workload}-r1-a1`

export function qualifyPlan(runs: readonly LevelRun[], meters: readonly PlannedMeter[]): Plan {
  const keys = [...new Set(runs.map(({ workload }) => workload))]
  return Plan.parse({
    schema: 'joulemark/plan/1',
    tool: '0.0.0-test',
    name: 'qualify',
    title: 'Qualify',
    zone: 'UTC',
    protocol: {
      profile: 'quick',
      durations: { baseline: 10, idle: 10, warmUp: 0, window: 300, coolDown: 0 },
      windows: 1,
      repetitions: 1,
      order: 'file',
      seed: 1,
      retries: 0,
      ranked: false,
    },
    targets: [
      { id: 'lab', kind: 'local', hosts: [{ id: 'sut', roles: ['sut'], assumed: {} }], become: 'none' },
    ],
    workloads: keys.map(key => ({
      key,
      id: key,
      version: '1',
      params: {},
      functionalUnit: 'unit',
      install: 'never',
      purge: false,
    })),
    collectors: [{ id: 'cpu' }],
    rate: 1,
    buffer: { tmpfsBytes: 1e6, diskBytes: 0 },
    influx: false,
    meters,
    runs: runs.map(({ workload }, i) => ({ number: i + 1, target: 'lab', workload, repetition: 1 })),
    digest: 'd'.repeat(64),
  })
}

/** Files of every run by its id: its record, its machine, and what both meters said each second. */
export const qualifyRuns = (
  runs: readonly LevelRun[],
  ids: readonly [sensor: string, against: string] = [BMC.id, ANALYZER.id],
): ReadonlyMap<string, RunContent> => new Map(runs.map((run, i) => [runIdOf(run, i), contentOf(run, i, ids)]))

function contentOf(run: LevelRun, i: number, [sensor, against]: readonly [string, string]): RunContent {
  const start = START + i * HOUR
  const seconds = run.windows.reduce((a, b) => a + b, 0)
  const times = Array.from({ length: seconds + 11 }, (_, k) => k - 5)
  const said = (power: (watts: number, t: number) => number | null): string =>
    times
      .map(t => {
        const value = power(run.watts(t), t)
        const asked = { at: start + t * 1e6, took: 0 }
        return value === null
          ? { ...asked, fault: 'slow', reason: 'no answer' }
          : { ...asked, said: { power: String(value) } }
      })
      .map(line => `${JSON.stringify(line)}\n`)
      .join('')
  const facts = serverFacts({ bootId: 'boot-of-sut', threads: 4, rapl: true })
  const hosts = { sut: { ...facts, cpu: { ...facts.cpu, model: run.cpu } } }
  return new Map([
    ['run.json', JSON.stringify(recordOf(run, i, start))],
    ['environment-before.json', JSON.stringify({ at: start, hosts })],
    [`raw/meters/${sensor}.ndjson`, said(run.sensor)],
    [`raw/meters/${against}.ndjson`, said(watts => watts)],
  ])
}

function recordOf(run: LevelRun, i: number, start: number): RunRecord {
  let edge = start
  return {
    schema: 'joulemark/run/1',
    id: runIdOf(run, i),
    tool: '0.0.0-test',
    number: i + 1,
    target: 'lab',
    workload: run.workload,
    repetition: 1,
    attempt: 1,
    outcome: run.outcome,
    phases: run.windows.map((seconds, index) => {
      const from = edge
      edge += seconds * 1e6
      return { name: 'window', index, start: from, end: edge }
    }),
    recordings: [],
    services: [],
    collectors: [],
    tools: [],
    workFiles: [],
    loadExit: null,
    findings: [],
    error: null,
  }
}

import type { Evidence } from '../../../../harness/model/evidence.ts'
import { type Estimate, type GroupResult, Result, type RunResult } from '../../../../harness/model/result.ts'
import { sampleRun } from './sample-run.ts'
import { MODEL, NONE, START } from './sample-words.ts'

const empty = (unit: string): Estimate => ({
  unit,
  n: 0,
  values: [],
  ranges: null,
  kind: 'none',
  mean: null,
  sd: null,
  interval: null,
  parts: NONE,
  expanded: null,
  covers: [],
  unknown: [],
})

const observation = (
  unit: string,
  value: number,
  range: readonly [number, number] | null = null,
): Estimate => ({
  ...empty(unit),
  n: 1,
  values: [value],
  ranges: range === null ? null : [[range[0], range[1]]],
  kind: 'observation',
  parts: range === null ? NONE : { ...NONE, model: (range[1] - range[0]) / 4 },
  expanded: range === null ? null : [range[0], range[1]],
  covers: range === null ? [] : ['model'],
  unknown: ['repetition'],
})

const six = (unit: string, mean: number): Estimate => {
  const values = [-0.02, 0.01, 0.015, -0.01, 0.005, 0].map(d => mean * (1 + d))
  return {
    unit,
    n: 6,
    values,
    ranges: null,
    kind: 'interval',
    mean,
    sd: mean * 0.013,
    interval: [mean * 0.986, mean * 1.014],
    parts: {
      repetition: mean * 0.0053,
      instrument: mean * 0.012,
      model: 0,
      attribution: 0,
      clock: mean * 0.001,
    },
    expanded: [mean * 0.972, mean * 1.028],
    covers: ['repetition', 'instrument', 'clock'],
    unknown: [],
  }
}

const METER: Evidence = {
  source: 'pdu',
  kind: 'wall-meter',
  class: 'E1',
  scope: 'wall AC, 1 server, both PSUs',
}

interface GroupSketch {
  readonly target: string
  readonly workload: string
  readonly unit: string
  readonly params: GroupResult['params']
  readonly perUnit: Estimate
  readonly evidence: Evidence
  readonly shared: boolean
}

function group(s: GroupSketch): GroupResult {
  const meter = s.evidence.kind !== 'model'
  const w = (v: number): Estimate => (meter ? six('W', v) : observation('W', v, [v * 0.3, v * 2]))
  return {
    target: s.target,
    workload: s.workload,
    workloadId: s.workload,
    version: '1',
    title: s.workload,
    params: s.params,
    functionalUnit: s.unit,
    workKey: { workload: s.workload },
    boundaryKey: { kind: s.evidence.kind },
    evidence: s.evidence,
    counted: runIds(s.workload, s.target, s.perUnit.n),
    notCounted: [],
    tools: [{ name: 'nginx', version: '1.22.1' }],
    measuredBy: ['0.1.0'],
    verdict: meter ? 'valid' : 'unranked',
    reasons: meter ? [] : ['1 of the 6 runs that a rank needs'],
    energyPerUnit: s.perUnit,
    energyPerUnitAboveBaseline: meter ? six('J', 0.31) : observation('J', 0.01, [-0.02, 0.05]),
    energyPerWindow: w(2000),
    power: w(102),
    baselinePower: w(61),
    rate: meter ? six('1/s', 100) : observation('1/s', 100),
    latencyP95: meter ? six('µs', 2100) : observation('µs', 3100),
    cpuUtilisation: meter ? six('1', 0.22) : observation('1', 0.35),
    loadgen: { shared: s.shared, cpuShare: 0.11, joulesOutside: s.shared ? null : 320 },
  }
}

const runIds = (workload: string, target: string, n: number): string[] =>
  Array.from({ length: n }, (_, i) => `${String(i + 1).padStart(4, '0')}-${target}-${workload}-r${i + 1}-a1`)

/** An invented result with all shapes a page must show: a ranked comparison of meters, a model's range, a skipped and an invalid run. */
export function sampleResult(): Result {
  const sketches: readonly GroupSketch[] = [
    {
      target: 'cloud-a',
      workload: 'web-static',
      unit: 'request',
      params: { rate: 1000, files: 32 },
      perUnit: six('J', 0.84),
      evidence: METER,
      shared: false,
    },
    {
      target: 'cloud-b',
      workload: 'web-static',
      unit: 'request',
      params: { rate: 1000, files: 32 },
      perUnit: six('J', 0.95),
      evidence: METER,
      shared: false,
    },
    {
      target: 'here',
      workload: 'cpu-compress',
      unit: 'GiB',
      params: { tool: 'zstd', level: 3 },
      perUnit: observation('J', 1300, [600, 2900]),
      evidence: MODEL,
      shared: true,
    },
  ]
  const groups = sketches.map(group)
  const skipped: GroupResult = {
    ...group({
      target: 'here',
      workload: 'oltp-postgres',
      unit: 'transaction',
      params: { rate: 50 },
      perUnit: empty('J'),
      evidence: MODEL,
      shared: true,
    }),
    evidence: null,
    verdict: 'skipped',
    reasons: ['skipped'],
    counted: [],
    notCounted: [{ run: '0099-here-oltp-postgres-r1-a1', reason: 'pgbench is not there' }],
    power: empty('W'),
    baselinePower: empty('W'),
    rate: empty('1/s'),
    latencyP95: empty('µs'),
    cpuUtilisation: empty('1'),
    energyPerUnitAboveBaseline: empty('J'),
    energyPerWindow: empty('J'),
    loadgen: { shared: true, cpuShare: null, joulesOutside: null },
  }
  const runs = groups.flatMap(g => g.counted.map((_, i) => sampleRun(g, i)))
  const first = runs[0]
  if (first === undefined) throw new Error('the sample has runs')
  const absent: RunResult = {
    ...first,
    id: '0099-here-oltp-postgres-r1-a1',
    number: 99,
    target: 'here',
    workload: 'oltp-postgres',
    outcome: 'skipped',
    verdicts: { measurement: 'invalid', workload: 'skipped', cleanup: 'clean' },
    rules: [],
    findings: [
      {
        code: 'TOOL_MISSING',
        host: 'local',
        values: { tool: 'pgbench', host: 'local', hint: 'apt-get install postgresql-contrib' },
      },
    ],
    stretches: [],
    footprint: [],
    traces: [],
    units: null,
    seconds: null,
    total: { joules: null, range: null, parts: NONE },
    aboveBaseline: { joules: null, range: null, parts: NONE },
  }
  return Result.parse({
    schema: 'joulemark/result/1',
    tool: '0.1.0',
    campaign: {
      id: 'sample-20261122T0814Z-a41f',
      name: 'sample',
      title: 'Energy per request, two clouds <& one laptop>',
      planDigest: 'a41f'.repeat(16),
      profile: 'standard',
      ranked: true,
      repetitions: 6,
      seed: 42,
      zone: 'Europe/Berlin',
      startedAt: START,
      endedAt: START + 600_000_000,
      sealed: true,
      planned: 14,
      complete: 13,
    },
    machines: [
      {
        target: 'cloud-a',
        host: 'web',
        roles: ['sut'],
        machine: 1,
        kernel: '6.1.0-28-amd64',
        os: 'debian 12',
        cpu: 'AMD EPYC 7702 64-Core Processor',
        threads: 4,
        memoryBytes: 16e9,
        virtualization: 'kvm',
        governor: null,
      },
      {
        target: 'cloud-a',
        host: 'load',
        roles: ['loadgen'],
        machine: 2,
        kernel: '6.1.0-28-amd64',
        os: 'debian 12',
        cpu: 'AMD EPYC 7702 64-Core Processor',
        threads: 4,
        memoryBytes: 16e9,
        virtualization: 'kvm',
        governor: null,
      },
    ],
    groups: [...groups, skipped],
    runs: [...runs, absent],
    cleanup: { made: 62, gone: 62, left: [], checkedAt: START + 610_000_000 },
  })
}

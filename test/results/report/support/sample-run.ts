import type { GroupResult, RunResult, StretchResult } from '../../../../harness/model/result.ts'
import { MODEL, NONE, START } from './sample-words.ts'

const SPANS = [
  ['baseline', 0, 15],
  ['idle', 22, 32],
  ['warm-up', 32, 37],
  ['window', 37, 57],
  ['cool-down', 57, 62],
] as const

/** A run of a group, by its place in it. */
export function sampleRun(g: GroupResult, index: number): RunResult {
  const start = START + index * 70_000_000
  const meter = g.evidence?.kind !== 'model'
  const stretches = SPANS.filter(([name]) => name === 'baseline' || name === 'idle' || name === 'window').map(
    ([name, from, to]): StretchResult => ({
      phase: { name, index: 0, start: start + from * 1e6, end: start + to * 1e6 },
      seconds: to - from,
      energy: [
        {
          host: 'web',
          evidence: g.evidence ?? MODEL,
          joules: (to - from) * 100,
          range: meter ? null : [(to - from) * 30, (to - from) * 210],
          reason: null,
          parts: NONE,
        },
        {
          host: 'web',
          evidence: { source: 'rapl', kind: 'host-counter', class: 'E0', scope: 'cpu package' },
          joules: null,
          range: null,
          reason: 'EDGE_MISSING',
          parts: NONE,
        },
      ],
      use: [
        {
          host: 'web',
          cpuBusySeconds: 8.1,
          cpuUtilisation: name === 'window' ? 0.41 : 0.02,
          stealShare: 0.004,
          foreignShare: 0.011,
          memoryUsedBytes: 1.2e9,
          diskReadBytes: 0,
          diskWriteBytes: 4.4e6,
          netReceiveBytes: 2.2e6,
          netTransmitBytes: null,
          pressure: { cpu: 0.02 },
          services: [
            {
              id: 'nginx',
              cpuSeconds: 1.42,
              throttledSeconds: 0,
              receiveBytes: null,
              transmitBytes: null,
              memoryBytes: 12e6,
              readBytes: 0,
              writeBytes: 0,
            },
          ],
        },
      ],
      work:
        name === 'window'
          ? {
              units: 2000,
              failed: 0,
              latency: { n: 2000, mean: 900, p50: 800, p95: 2100, p99: 4000, max: 9000 },
            }
          : null,
    }),
  )
  const t = Array.from({ length: 62 }, (_, i) => i + 0.5)
  const level = (x: number): number => (x > 32 && x < 58 ? 0.4 + 0.02 * Math.sin(x) : 0.03)
  return {
    id: g.counted[index] ?? g.workload,
    number: index + 1,
    target: g.target,
    workload: g.workload,
    repetition: index + 1,
    attempt: 1,
    outcome: 'complete',
    verdicts: { measurement: meter ? 'valid' : 'unranked', workload: 'passed', cleanup: 'clean' },
    rules: [
      {
        rule: 'JM-STEAL',
        effect: 'unranked',
        state: 'held',
        value: 0.004,
        limit: 0.02,
        unit: 'share',
        findings: [],
      },
      meter
        ? {
            rule: 'JM-GAP',
            effect: 'invalid',
            state: 'held',
            value: 0,
            limit: 0.01,
            unit: 'share',
            findings: [],
          }
        : {
            rule: 'JM-SOURCE',
            effect: 'unranked',
            state: 'broken',
            value: 'model',
            limit: null,
            unit: '',
            findings: [{ code: 'SOURCE_MODEL', values: {} }],
          },
    ],
    findings: meter
      ? []
      : [
          { code: 'SOURCE_MODEL', values: {} },
          { code: 'LOADGEN_SHARED', host: 'web', values: { host: 'web' } },
        ],
    stretches,
    footprint: [
      {
        host: 'web',
        cpuSeconds: 0.011,
        cpuShare: 0.0002,
        bytes: 41_000,
        readings: 62,
        missed: 0,
        latenessP50Micros: 80,
        latenessP99Micros: 310,
      },
    ],
    traces: [
      {
        host: 'web',
        name: 'cpu',
        source: 'cpu',
        unit: '1',
        t,
        v: t.map(x => (x > 15 && x < 17 ? null : level(x))),
        low: null,
        high: null,
      },
      {
        host: 'web',
        name: 'power',
        source: g.evidence?.source ?? 'none',
        unit: 'W',
        t,
        v: t.map(x => 60 + 110 * level(x)),
        low: meter ? null : t.map(x => 20 + 60 * level(x)),
        high: meter ? null : t.map(x => 130 + 200 * level(x)),
      },
    ],
    tools: [{ name: 'nginx', host: 'web', version: '1.22.1' }],
    total: { joules: 2000, range: null, parts: NONE },
    aboveBaseline: { joules: 800, range: null, parts: NONE },
    units: 2000,
    seconds: 20,
  }
}

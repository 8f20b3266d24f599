// A machine with an energy counter, from the file in /sys to the report: a known power must come out as it went in.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Result } from '../../harness/model/result.ts'
import { type CommandOptions, type Folder, joulemark, onlyCampaign, scratch } from './support/command.ts'
import { type PowercapTree, powercapTree } from './support/powercap-tree.ts'

const CAMPAIGN = `schema: joulemark/v1
name: counter
title: A machine with a counter
protocol: { profile: quick, baseline: 5, idle: 3, warm_up: 1, window: 10, cool_down: 2 }
collectors: { rate: 5 }
deploy: { install: never }
targets: [{ id: here, kind: local }]
workloads: [{ id: idle }, { id: cpu-compress, params: { corpus_mib: 1, threads: 1 } }]
`
const PACKAGE_WATTS = 60
const DRAM_WATTS = 7
const WATTS = PACKAGE_WATTS + DRAM_WATTS
/** The package's counter goes round every ten seconds, so that it does in every recording that holds a window. */
const ZONES = [
  { folder: 'intel-rapl:0', name: 'package-0', watts: PACKAGE_WATTS, maxMicrojoules: 600_000_000 },
  { folder: 'intel-rapl:0:0', name: 'dram', watts: DRAM_WATTS, maxMicrojoules: 65_712_999_613 },
].map(zone => ({ ...zone, limitWatts: 150 }))

let folder: Folder
let tree: PowercapTree | undefined
let dir: string
let result: Result

beforeAll(async () => {
  folder = await scratch('rapl')
  tree = await powercapTree(folder.path, ZONES)
  const file = path.join(folder.path, 'c.yaml')
  await writeFile(file, CAMPAIGN)
  const out = path.join(folder.path, 'out')
  await succeed(['run', file, '--out', out], { wrap: tree.wrap })
  dir = await onlyCampaign(out)
  // Without the tree: what follows knows the archive alone.
  await succeed(['analyse', dir])
  const [version = ''] = await readdir(path.join(dir, 'derived'))
  result = Result.parse(JSON.parse(await readFile(path.join(dir, 'derived', version, 'result.json'), 'utf8')))
})

afterAll(async () => {
  await tree?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

async function succeed(args: readonly string[], o: CommandOptions = {}): Promise<void> {
  const done = await joulemark(args, o)
  if (done.code !== 0)
    throw new Error(`joulemark ${args[0]} ended with ${done.code}\n${done.stdout}${done.stderr}`)
}

/** Joules by watts and seconds, within 3 %. */
function expectPower(joules: number | null, seconds: number): void {
  expect(joules).not.toBeNull()
  expect(Math.abs(Number(joules) / (WATTS * seconds) - 1)).toBeLessThan(0.03)
}

test('both runs ended well, and their evidence is the counter, with its scope', async () => {
  expect(Object.fromEntries(result.runs.map(run => [run.workload, run.outcome]))).toEqual({
    'cpu-compress': 'complete',
    idle: 'complete',
  })
  const virtual = /hypervisor/.test(await readFile('/proc/cpuinfo', 'utf8'))
  for (const group of result.groups) {
    expect(group.evidence).toMatchObject({
      source: 'rapl',
      kind: virtual ? 'hypervisor-allocated' : 'host-counter',
      class: 'E0',
    })
    expect(group.evidence?.scope).toMatch(/^cpu package\+dram/)
    expect(group.evidence?.scope.includes('as the hypervisor allocates it')).toBe(virtual)
  }
})

test('baseline, idle and windows have the energy of the power that was counted, within 3 %', () => {
  const figures = result.runs.flatMap(run =>
    run.stretches.flatMap(({ seconds, phase, energy }) =>
      energy
        .filter(figure => figure.evidence.source === 'rapl')
        .map(({ joules }) => ({ phase: phase.name, seconds, joules })),
    ),
  )
  expect(new Set(figures.map(({ phase }) => phase))).toEqual(new Set(['baseline', 'idle', 'window']))
  for (const { joules, seconds } of figures) expectPower(joules, seconds)
})

test('totals are those of the counter: no model is in them, nothing is above a constant power', () => {
  for (const run of result.runs) {
    const windows = run.stretches.filter(({ phase }) => phase.name === 'window')
    const seconds = windows.reduce((sum, window) => sum + window.seconds, 0)
    expectPower(run.total.joules, seconds)
    expect(run.total.range).toBeNull()
    expect(run.total.parts.model).toBe(0)
    expect(Math.abs(Number(run.aboveBaseline.joules))).toBeLessThan(0.02 * WATTS * seconds)
    expect(run.findings.map(({ code }) => code)).not.toContain('SOURCE_MODEL')
  }
})

test('that the counter went round is noted, and nothing else about it', () => {
  for (const run of result.runs) {
    const own = run.findings.filter(finding => finding.collector === 'rapl')
    expect(new Set(own.map(({ code }) => code))).toEqual(new Set(['COUNTER_WRAP']))
    expect(own.map(({ values }) => values['instance'])).not.toContain('package-0-dram')
  }
})

test('the report names kind, class and scope', async () => {
  const out = path.join(folder.path, 'report')
  await succeed(['report', dir, '--format', 'html,md', '--out', out])
  const evidence = result.groups[0]?.evidence
  for (const file of ['index.html', 'report.md']) {
    const text = await readFile(path.join(out, file), 'utf8')
    expect(text).toContain(evidence?.scope)
    expect(text).toMatch(new RegExp(`${evidence?.kind}(</b>)? ${evidence?.class}`))
  }
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Batch, READING } from '../../harness/model/batch.ts'
import type { Collector, Reading, Service } from '../../harness/model/collector.ts'
import type { Finding } from '../../harness/model/finding.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { fixtureHost, probesOf, readingsOf } from './fixture-host.ts'
import { fixtureTree, stepsIn } from './fixture-tree.ts'

export const CASES_FOLDER = path.resolve(import.meta.dirname, '../fixtures/collectors')

export const caseNames = (collector: string): readonly string[] =>
  existsSync(path.join(CASES_FOLDER, collector)) ? readdirSync(path.join(CASES_FOLDER, collector)).sort() : []

/** case.json: what is recorded on which machine, and what must come of it. */
interface CaseFile {
  readonly about: string
  /** Machine whose facts are taken; its files are not. */
  readonly host: string
  readonly facts?: Partial<HostFacts>
  readonly services?: readonly Service[]
  /** Of each step, from the first; default one second apart. */
  readonly seconds?: readonly number[]
  readonly expected: Outcome
}

export interface Outcome {
  readonly state: string
  readonly scope?: string
  /** `field instance` → values; `error` and `absent` by name. */
  readonly series: Readonly<Record<string, readonly (number | string)[]>>
  readonly findings: readonly { readonly code: string; readonly values: Finding['values'] }[]
}

/** What is recorded in a case, and on which machine. */
export function readCase(
  collector: Collector,
  name: string,
): {
  readonly facts: HostFacts
  readonly services: readonly Service[]
  readonly readings: readonly Reading[]
  readonly expected: Outcome
} {
  const folder = path.join(CASES_FOLDER, collector.id, name)
  const file = JSON.parse(readFileSync(path.join(folder, 'case.json'), 'utf8')) as CaseFile
  const layers = stepsIn(folder)
  const trees = layers.map((_, step) => fixtureTree(layers.slice(0, step + 1)))
  const probes = probesOf(trees[0] ?? fixtureTree([]), collector.probePaths)
  const facts: HostFacts = { ...fixtureHost(file.host).facts, ...file.facts, probes }
  const services = file.services ?? []
  const sources = collector.sources(facts, services)
  const readings = trees.flatMap((tree, step) => readingsOf(tree, sources, file.seconds?.[step] ?? step))
  return { facts, services, readings, expected: file.expected }
}

/** Runs a case's steps through the collector. */
export function runCase(
  collector: Collector,
  name: string,
): { readonly got: Outcome; readonly expected: Outcome; readonly batches: readonly Batch[] } {
  const { facts, services, readings, expected } = readCase(collector, name)
  const parser = collector.parser(facts, 'sut', services)
  for (const reading of readings) parser.push(reading)
  const batches = parser.drain(true)
  const series = batches.map(
    batch => [`${batch.series.field} ${batch.series.instance}`, shown(batch)] as const,
  )
  const scope = collector.evidence?.(
    facts,
    batches.map(batch => batch.series.instance),
  ).scope
  const got: Outcome = {
    state: collector.probe(facts).state,
    ...(scope === undefined ? {} : { scope }),
    series: Object.fromEntries(series),
    findings: parser.findings().map(({ code, values }) => ({ code, values })),
  }
  return { got, expected, batches }
}

const shown = (batch: Batch): (number | string)[] =>
  Array.from(batch.values, (value, i) => {
    const state = batch.state[i]
    return state === READING.ok ? value : state === READING.absent ? 'absent' : 'error'
  })

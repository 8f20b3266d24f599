import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meterKinds } from '../../collectors/meter-kinds.ts'
import { collectors } from '../../collectors/registry.ts'
import { type Batch, READING, seriesKey } from '../../harness/model/batch.ts'
import type { Collector, Reading } from '../../harness/model/collector.ts'
import { Evidence } from '../../harness/model/evidence.ts'
import { Finding } from '../../harness/model/finding.ts'
import { collectorsPage } from '../../scripts/collectors-page.ts'
import { anyRecording } from '../support/any-recording.ts'
import { caseNames, runCase } from '../support/collector-case.ts'
import { type FixtureHost, fixtureHost, fixtureHostNames, readingsOf } from '../support/fixture-host.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const entries = Object.entries(collectors) as [string, Collector][]
const UNITS = ['µs', 'B', 'µJ', 'W', '1', 'ratio']
const MEASUREMENTS = [
  'cpu',
  'memory',
  'disk',
  'net',
  'pressure',
  'power',
  'energy',
  'load',
  'cgroup',
  'footprint',
]

/** Readings of all steps of a recorded machine. */
const readingsAt = (collector: Collector, host: FixtureHost): Reading[] =>
  host.trees.flatMap((tree, step) =>
    readingsOf(tree, collector.sources(host.facts, host.services), step * host.secondsPerStep),
  )

function parse(
  collector: Collector,
  host: Pick<FixtureHost, 'facts' | 'services'>,
  readings: readonly Reading[],
  drainEvery = 1e9,
): Batch[] {
  const parser = collector.parser(host.facts, 'sut', host.services)
  const batches: Batch[] = []
  readings.forEach((reading, i) => {
    parser.push(reading)
    if ((i + 1) % drainEvery === 0) batches.push(...parser.drain())
  })
  batches.push(...parser.drain(true))
  for (const finding of parser.findings()) Finding.parse(finding)
  return batches
}

/** All batches of a series put together. */
function joined(batches: readonly Batch[]): Record<string, (number | string)[][]> {
  const all: Record<string, (number | string)[][]> = {}
  for (const batch of batches) {
    const rows = Array.from(batch.values, (value, i) => [
      batch.mono[i] ?? -1,
      batch.state[i] ?? -1,
      String(value),
      batch.base,
    ])
    all[seriesKey(batch.series)] = [...(all[seriesKey(batch.series)] ?? []), ...rows]
  }
  return all
}

function expectLegal(batch: Batch): void {
  const length = batch.mono.length
  expect([batch.wall.length, batch.values.length, batch.state.length]).toEqual([length, length, length])
  expect(UNITS).toContain(batch.series.unit)
  expect(MEASUREMENTS).toContain(batch.series.measurement)
  expect(batch.base).toMatch(/^\d+$/)
  let last = 0
  batch.values.forEach((value, i) => {
    expect(Number.isFinite(value)).toBe(batch.state[i] === READING.ok)
    if (batch.state[i] !== READING.ok || batch.series.kind === 'gauge') return
    expect(Number.isSafeInteger(value)).toBe(true)
    expect(value).toBeGreaterThanOrEqual(last)
    last = value
  })
}

test('the registry is sorted and each id is the name of its file', () => {
  expect(entries.map(([id]) => id)).toEqual(entries.map(([id]) => id).toSorted())
  for (const [id, collector] of entries) expect(collector.id).toBe(id)
})

test('registry, files, fixtures, tests and docs hold the same collectors', () => {
  const ids = [...entries.map(([id]) => id), ...meterKinds.keys()].toSorted()
  const files = ['collectors', 'collectors/power'].flatMap(folder =>
    readdirSync(path.join(ROOT, folder))
      .filter(name => name.endsWith('.ts') && name !== 'registry.ts' && name !== 'meter-kinds.ts')
      .map(name => name.slice(0, -3)),
  )
  expect(files.toSorted()).toEqual(ids)
  expect(readdirSync(path.join(ROOT, 'test/fixtures/collectors')).toSorted()).toEqual(ids)
  for (const [id, collector] of [...entries, ...meterKinds]) {
    const test = ['test/collectors', 'test/collectors/power'].some(folder =>
      existsSync(path.join(ROOT, folder, `${id}.test.ts`)),
    )
    expect(test, `a test of ${id}`).toBe(true)
    expect(collector.about.length, `about of ${id}`).toBeGreaterThan(80)
  }
})

test('docs/collectors.md is what the registry and the fixtures say', () => {
  const page = readFileSync(path.join(ROOT, 'docs/collectors.md'), 'utf8')
  // What new-collector leaves to be written.
  expect(page).not.toContain('TODO')
  expect(page, 'write it anew with npm run docs').toBe(
    collectorsPage(entries.map(([, collector]) => collector)),
  )
})

describe.each(entries)('%s', (id, collector) => {
  test.each(caseNames(id))('case %s', name => {
    const { got, expected } = runCase(collector, name)
    expect(got.series).toEqual(expected.series)
    expect(got.state).toBe(expected.state)
    expect(got.scope ?? null).toBe(expected.scope ?? got.scope ?? null)
    for (const finding of expected.findings) expect(got.findings).toContainEqual(finding)
    expect(got.findings.length === 0).toBe(expected.findings.length === 0)
  })

  describe.each(fixtureHostNames)('on %s', name => {
    const host = fixtureHost(name, collector.probePaths)
    const readings = readingsAt(collector, host)

    test('says what it found, with a reason and a way out where it found nothing', () => {
      const found = collector.probe(host.facts)
      const said = found.state === 'available' ? [found.detail] : [found.reason, found.hint]
      expect(said.map(text => text.length)).not.toContain(0)
    })

    test('names sources that a recorder can read', () => {
      const sources = collector.sources(host.facts, host.services)
      expect(new Set(sources.map(source => source.id)).size).toBe(sources.length)
      for (const source of sources) {
        expect(source.id).toMatch(new RegExp(`^${id}/[A-Za-z0-9._/:-]+$`))
        expect(source.path).toMatch(/^\/[^\n]*$/)
        expect(source.maxBytes).toBeGreaterThan(0)
      }
      expect(collector.estimate(host.facts)).toBeGreaterThanOrEqual(0)
    })

    test('reads whole what was recorded there', () => {
      const sources = collector.sources(host.facts, host.services)
      // /proc/stat alone is cut on purpose, after its first lines.
      const cut = readings.filter(
        ({ source, bytes }) =>
          source !== 'cpu/stat' && bytes?.length === sources.find(({ id }) => id === source)?.maxBytes,
      )
      expect(cut).toEqual([])
      const states = parse(collector, host, readings).flatMap(batch => Array.from(batch.state))
      const expects = collector.probe(host.facts).state === 'available' && readings.length > 0
      expect(states.includes(READING.ok)).toBe(expects)
      expect(states).not.toContain(READING.error)
    })

    test('gives legal series, the same every time and however often it is drained', () => {
      const once = parse(collector, host, readings)
      for (const batch of once) expectLegal(batch)
      expect(new Set(once.map(batch => seriesKey(batch.series))).size).toBe(once.length)
      expect(joined(parse(collector, host, readings))).toEqual(joined(once))
      expect(joined(parse(collector, host, readings, 3))).toEqual(joined(once))
    })

    test('an evidence is one that the schema knows', () => {
      const evidence = collector.evidence?.(host.facts)
      expect(evidence === undefined ? null : Evidence.parse(evidence)).toEqual(evidence ?? null)
    })
  })

  test('on a machine where nothing is found, it is absent and does not throw', () => {
    const host = fixtureHost('systemd-cgroup-v2')
    const bare = {
      ...host.facts,
      cgroup: { version: 'none', mounts: {}, own: {}, writable: {} },
      probes: {},
    } as const
    expect(collector.probe(bare).state).toBe('absent')
    expect(collector.sources(bare, [])).toBeInstanceOf(Array)
    expect(collector.parser(bare, 'sut', []).drain()).toEqual([])
  })

  test('whatever is recorded, it never throws and its counters never fall', () => {
    let batches = 0
    fc.assert(
      fc.property(anyRecording(collector), fc.integer({ min: 1, max: 40 }), (recording, drainEvery) => {
        parse(collector, recording, recording.readings, drainEvery)
        for (const batch of parse(collector, recording, recording.readings)) {
          expectLegal(batch)
          batches += 1
        }
      }),
      { seed: 20261123, numRuns: 200 },
    )
    expect(batches, 'some of it can be read').toBeGreaterThan(20)
  })
})

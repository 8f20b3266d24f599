import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { meterKinds } from '../../collectors/meter-kinds.ts'
import { Unreadable } from '../../collectors/parse/text.ts'
import { type BoundMeter, MeterReading, type MeterValue } from '../../harness/model/meter.ts'
import { meterSection } from '../../harness/plan/schema-meter.ts'
import { exampleOf, metersPage } from '../../scripts/meters-page.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const folder = (id: string, name: string): string => path.join(ROOT, 'test/fixtures/collectors', id, name)
const sectionsOf = (id: string) =>
  (parse(exampleOf(id)) as { readonly meters: readonly Record<string, unknown>[] }).meters

interface Recorded {
  /** What answered: whose server, which version. */
  readonly from: string
  readonly settings: Readonly<Record<string, never>>
  readonly values: readonly unknown[]
}

const recordedOf = (id: string): Recorded =>
  JSON.parse(readFileSync(folder(id, 'recorded.json'), 'utf8')) as Recorded

test('docs/meter-kinds.md is what the kinds and their examples say', () => {
  const page = readFileSync(path.join(ROOT, 'docs/meter-kinds.md'), 'utf8')
  expect(page, 'write it anew with npm run docs').toBe(metersPage(meterKinds.values()))
})

test('kinds are sorted', () => {
  expect([...meterKinds.keys()]).toEqual([...meterKinds.keys()].toSorted())
})

test('what is wrong within a setting is said once', () => {
  const [, kind] = [...meterKinds].find(([id]) => id === 'csv') ?? []
  const [section] = sectionsOf('csv')
  if (kind === undefined) throw new Error('there is no csv')
  const found = meterSection(kind).safeParse({ ...section, figures: [{ instance: 'x' }] })
  expect(found.error?.issues.map(({ path: at }) => at.join('.'))).toEqual(['figures.0'])
})

describe.each([...meterKinds.values()].map(kind => [kind.id, kind] as const))('%s', (id, kind) => {
  test('its example is sound, and says what its settings make of it', () => {
    for (const section of sectionsOf(id)) {
      const found = meterSection(kind).safeParse(section)
      expect(found.error?.issues ?? []).toEqual([])
      const { nature } = kind.bind(own(kind.settings.shape, section) as never)
      expect(nature.scope.length).toBeGreaterThan(5)
    }
  })

  test('what was recorded is read as it was', () => {
    const { from, settings, values } = recordedOf(id)
    expect(from.length).toBeGreaterThan(10)
    const bound = kind.bind(settings)
    const lines = readFileSync(folder(id, 'recorded.ndjson'), 'utf8').split('\n').filter(Boolean)
    const read = lines.map(line => {
      const reading = MeterReading.parse(JSON.parse(line))
      return 'said' in reading ? bound.read(reading.said) : reading.fault
    })
    expect(
      JSON.parse(JSON.stringify(read, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))),
    ).toEqual(values)
  })

  test('whatever a meter says, reading it ends in figures that can be, or it is not readable', () => {
    const bound = kind.bind(recordedOf(id).settings)
    const { said } = MeterReading.parse(
      JSON.parse(readFileSync(folder(id, 'recorded.ndjson'), 'utf8').split('\n')[0] ?? ''),
    ) as { readonly said: Record<string, string> }
    const keys = [...Object.keys(said), 'x']
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('N/A', '-1', '0', '1e400', 'NaN', '12.5', '+Inf', '[N/A]'),
    )
    let read = 0
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), text), given => {
        for (const { power, energy } of valuesOf(bound, given)) {
          read += 1
          const watts = power !== undefined && 'value' in power ? power.value : 1
          const count = energy !== undefined && 'value' in energy ? energy.value : 0n
          expect(watts > 0 && Number.isFinite(watts) && count >= 0n).toBe(true)
        }
      }),
      { seed: 20261127, numRuns: 300 },
    )
    expect(read).toBeGreaterThan(0)
  })
})

function valuesOf(bound: BoundMeter, said: Record<string, string>): readonly MeterValue[] {
  try {
    return bound.read(said)
  } catch (error) {
    if (error instanceof Unreadable) return []
    throw error
  }
}

const own = (shape: object, section: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(section).filter(([key]) => key in shape))

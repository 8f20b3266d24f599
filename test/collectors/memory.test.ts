import { expect, test } from 'vitest'
import { memory } from '../../collectors/memory.ts'
import { fixtureHost } from '../support/fixture-host.ts'

test('what is read stands in the part of the file that is kept', () => {
  const { trees, facts } = fixtureHost('vm-kvm', memory.probePaths)
  const look = trees[0]?.read('/proc/meminfo')
  const text = look !== undefined && 'bytes' in look ? look.bytes.toString() : ''
  expect(text.indexOf('Dirty:')).toBeGreaterThan(0)
  expect(text.indexOf('Dirty:')).toBeLessThan(memory.sources()[0]?.maxBytes ?? 0)
  expect(memory.probe(facts).state).toBe('available')
})

test('used and available make the whole', () => {
  const { trees, facts } = fixtureHost('intel-two-socket', memory.probePaths)
  const look = trees[0]?.read('/proc/meminfo')
  const bytes = look !== undefined && 'bytes' in look ? look.bytes : null
  const parser = memory.parser(facts, 'sut')
  parser.push({ source: 'memory/meminfo', mono: 0 as never, wall: 0 as never, bytes })
  const value = Object.fromEntries(parser.drain().map(b => [b.series.field, b.values[0] ?? Number.NaN]))
  expect(Number(value.used) + Number(value.available)).toBe(value.total)
  expect(value.total).toBe(facts.memoryBytes)
})

import { expect, test } from 'vitest'
import { cpu } from '../../collectors/cpu.ts'
import { fixtureHost } from '../support/fixture-host.ts'

const machine = fixtureHost('intel-two-socket', cpu.probePaths)

test('the bound holds the lines of all cores of a machine that has been up for years', () => {
  const threads = 512
  const facts = { ...machine.facts, cpu: { ...machine.facts.cpu, threads } }
  const ticks = Array.from({ length: 10 }, () => 10 * 365 * 86_400 * 100).join(' ')
  const lines = Array.from({ length: threads }, (_, core) => `cpu${core} ${ticks}\n`).join('')
  const bound = cpu.sources(facts)[0]?.maxBytes ?? 0
  expect(bound).toBeGreaterThan(lines.length + ticks.length + 40)
})

test('states without guest add up to the time that has gone by, for the total and for each core', () => {
  const parser = cpu.parser(machine.facts, 'sut')
  for (const tree of machine.trees) {
    const look = tree.read('/proc/stat')
    if ('error' in look) throw new Error(look.error)
    parser.push({ source: 'cpu/stat', mono: 0 as never, wall: 0 as never, bytes: look.bytes })
  }
  const batches = parser.drain()
  const cores = new Set(batches.map(batch => batch.series.instance))
  expect(cores.size).toBe(17)
  for (const core of cores) {
    const states = batches.filter(b => b.series.instance === core && !b.series.field.startsWith('guest'))
    const seconds = states.reduce((sum, batch) => sum + (batch.values.at(-1) ?? Number.NaN), 0) / 1e6
    expect(seconds).toBeGreaterThan(core === 'total' ? 300 : 18)
    expect(seconds).toBeLessThan(core === 'total' ? 340 : 22)
  }
})

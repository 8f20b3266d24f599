import { expect, test } from 'vitest'
import { network } from '../../collectors/network.ts'
import { fixtureHost } from '../support/fixture-host.ts'

const HEAD = 'Inter-|   Receive   |  Transmit\n face |bytes    packets |bytes    packets\n'

/** Instances, and whether their bytes are in the total. */
function read(names: readonly string[]): Record<string, boolean> {
  const { facts } = fixtureHost('vm-kvm')
  const parser = network.parser(facts, 'sut')
  const lines = names.map((name, i) => `${name}: ${10 ** i} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`)
  const bytes = new TextEncoder().encode(HEAD + lines.join(''))
  parser.push({ source: 'network/dev', mono: 0 as never, wall: 0 as never, bytes })
  const batches = parser.drain().filter(batch => batch.series.field === 'receive_bytes')
  const total = batches.find(batch => batch.series.instance === 'total')?.base ?? ''
  const inTotal = (name: string): boolean => total.at(-1 - names.indexOf(name)) === '1'
  const single = batches.map(batch => batch.series.instance).filter(name => name !== 'total')
  return Object.fromEntries(single.map(name => [name, inTotal(name)]))
}

test('cards are in the total, under any of their names', () => {
  const cards = ['eth0', 'eno1', 'ens3', 'enp65s0f0', 'enP2p1s0', 'enx0a1b2c3d4e5f', 'ib0', 'wlp2s0', 'wwan0']
  expect(read(cards)).toEqual(Object.fromEntries(cards.map(name => [name, true])))
})

test('what carries the bytes of cards again is not, but can be seen', () => {
  const others = [
    'eth0',
    'br0',
    'bond0',
    'eth0.100',
    'docker0',
    'virbr0',
    'tun0',
    'wg0',
    'ifb0',
    'vlan7',
    'dummy0',
  ]
  expect(read(others)).toEqual(Object.fromEntries(others.map(name => [name, name === 'eth0'])))
})

test('lo and the ends of container pairs have no series', () => {
  expect(read(['eth0', 'lo', 'veth1a2b3c4', 'cali0123456789a', 'tap0'])).toEqual({ eth0: true })
})

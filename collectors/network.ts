import type { Collector } from '../harness/model/collector.ts'
import { isCard } from '../harness/model/network-card.ts'
import { bytes } from '../harness/model/units.ts'
import { interfacesOf } from './parse/interfaces.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { counter, type Row, type Shape } from './parse/shape.ts'
import { newSummer, type Summer } from './parse/sum.ts'

const PATH = '/proc/net/dev'
const MAX_BYTES = 64 * 1024

const SHAPE: Shape = {
  measurement: 'net',
  fields: ['bytes', 'packets', 'errors', 'drops'].flatMap(what =>
    ['receive', 'transmit'].map(way => counter(`${way}_${what}`, what === 'bytes' ? 'B' : '1')),
  ),
}

/** Ends of pairs, made for each container, with names of chance: a series each would have no end. */
const LEFT_OUT = /^(lo|veth.*|cali.*|lxc.*|tap.*|cilium_.*|nodelocaldns)$/

/** Network traffic. */
export const network = {
  id: 'network',
  title: 'Network',
  about:
    'Bytes, packets, errors and drops of the interfaces in /proc/net/dev, as the recorder sees them from its own network namespace. `total` sums what looks like a card by its name (`eth*`, `en*`, `ib*`, `wl*`, `ww*`); bridges, bonds, VLANs, tunnels and the like carry the same bytes again, have series of their own and are not in the total. lo and the ends of container pairs (`veth*`, `cali*`, `lxc*`, `tap*`) are left out. Counters have 64 bits; one that falls (a driver reloaded) is a break.',
  probePaths: [PATH],
  probe: facts => fileThere(facts, PATH, 'the kernel was built without a network'),
  sources: () => [{ id: 'network/dev', path: PATH, maxBytes: bytes(MAX_BYTES) }],
  estimate: () => bytes(800),
  parser: (_facts, host) => {
    const total = newSummer(SHAPE, 'total')
    return textParser({ collector: 'network', host }, id =>
      id === 'network/dev' ? { shape: SHAPE, read: text => readDev(text, total) } : null,
    )
  },
} as const satisfies Collector

function readDev(text: string, total: Summer): Row[] {
  const rows = interfacesOf(text)
    .filter(({ name }) => !LEFT_OUT.test(name))
    // Receive: bytes 0, packets 1, errs 2, drop 3; transmit the same from 8 on.
    .map(
      ({ name, stats }): Row => ({
        instance: name,
        values: [0, 8, 1, 9, 2, 10, 3, 11].map(index => stats(index)),
      }),
    )
  const physical = rows.filter(row => isCard(row.instance))
  return [...(physical.length === 0 ? [] : [total.next(physical)]), ...rows]
}

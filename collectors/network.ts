import type { Collector } from '../harness/model/collector.ts'
import { bytes } from '../harness/model/units.ts'
import { textParser } from './parse/parser.ts'
import { fileThere } from './parse/probe.ts'
import { counter, type Row, type Shape } from './parse/shape.ts'
import { newSummer, type Summer } from './parse/sum.ts'
import { completeLines, Unreadable, whole, words } from './parse/text.ts'

const PATH = '/proc/net/dev'
const MAX_BYTES = 64 * 1024

const SHAPE: Shape = {
  measurement: 'net',
  fields: ['bytes', 'packets', 'errors', 'drops'].flatMap(what =>
    ['receive', 'transmit'].map(way => counter(`${way}_${what}`, what === 'bytes' ? 'B' : '1')),
  ),
}

/** Names that the kernel, udev and clouds give to cards: eth0, eno1, ens3, enp1s0, enx…, ib0, wlan0, wlp2s0, wwan0; no VLAN (a dot). */
const PHYSICAL = /^(eth\d+|en[oPpsx][\da-zA-Z]+|ib\d+|ibp[\da-z]+|wl[\da-z]+|ww[\da-z]+|venet\d+)$/
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

/** Two lines of heading, then `name: 8 fields of receive, 8 of transmit`; old kernels leave no blank after the colon. */
function readDev(text: string, total: Summer): Row[] {
  const [, columns, ...lines] = completeLines(text)
  if (columns?.includes('|bytes') !== true) throw new Unreadable('no heading')
  const rows: Row[] = []
  for (const line of lines) {
    const colon = line.lastIndexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon < 1) throw new Unreadable('a line without a name')
    if (LEFT_OUT.test(name)) continue
    const stats = words(line.slice(colon + 1))
    // Receive: bytes 0, packets 1, errs 2, drop 3; transmit the same from 8 on.
    rows.push({ instance: name, values: [0, 8, 1, 9, 2, 10, 3, 11].map(index => whole(stats[index])) })
  }
  const physical = rows.filter(row => PHYSICAL.test(row.instance))
  return [...(physical.length === 0 ? [] : [total.next(physical)]), ...rows]
}

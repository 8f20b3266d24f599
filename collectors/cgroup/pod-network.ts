import { interfacesOf } from '../parse/interfaces.ts'
import type { TextSource } from '../parse/parser.ts'
import { counter, type Shape } from '../parse/shape.ts'
import { newSummer } from '../parse/sum.ts'

const SHAPE: Shape = {
  measurement: 'cgroup',
  fields: [counter('receive_bytes', 'B'), counter('transmit_bytes', 'B')],
}

/** Bytes of a network namespace that a service has for itself: all its interfaces but lo. */
export function podNetwork(service: string): TextSource {
  const total = newSummer(SHAPE, service, 'from nothing')
  return {
    shape: SHAPE,
    read: text => [
      total.next(
        interfacesOf(text)
          .filter(({ name }) => name !== 'lo')
          .map(({ name, stats }) => ({ instance: name, values: [stats(0), stats(8)] })),
      ),
    ],
  }
}

import { completeLines, Unreadable, type Whole, whole, words } from './text.ts'

/** An interface of /proc/net/dev. */
export interface Interface {
  readonly name: string
  /** Its numbers: 8 of receive (bytes, packets, errs, drop, …), then 8 of transmit. @throws Unreadable when there is none */
  readonly stats: (index: number) => Whole
}

/** Two lines of heading, then `name: 8 fields of receive, 8 of transmit`; old kernels leave no blank after the colon. */
export function interfacesOf(text: string): readonly Interface[] {
  const [, columns, ...lines] = completeLines(text)
  if (columns?.includes('|bytes') !== true) throw new Unreadable('no heading')
  return lines.map(line => {
    const colon = line.lastIndexOf(':')
    if (colon < 1) throw new Unreadable('a line without a name')
    const stats = words(line.slice(colon + 1))
    return { name: line.slice(0, colon).trim(), stats: index => whole(stats[index]) }
  })
}

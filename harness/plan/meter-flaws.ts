import type { Path } from './document.ts'
import { type Flaw, unknownWord } from './issues.ts'
import { valueAt } from './schema-at.ts'

/** What is behind meters: targets and hosts that are there, and nothing that two hosts would both be charged for. */
export function meterFlaws(file: unknown): readonly Flaw[] {
  const hosts = hostsByTarget(file)
  return listAt(file, ['meters']).flatMap((meter, i) => {
    const behind = listAt(meter, ['behind']).map((one, j) => ({
      one,
      path: ['meters', i, 'behind', j] as Path,
    }))
    return [...behind.flatMap(({ one, path }) => nameFlaws(one, path, hosts)), ...sharedFlaws(behind)]
  })
}

const listAt = (value: unknown, path: Path): readonly unknown[] => {
  const found = valueAt(value, path)
  return Array.isArray(found) ? found : []
}

const textAt = (value: unknown, key: string): string | null => {
  const found = valueAt(value, [key])
  return typeof found === 'string' ? found : null
}

/** Hosts that a meter can feed, by target. */
function hostsByTarget(file: unknown): ReadonlyMap<string, readonly string[]> {
  return new Map(
    listAt(file, ['targets']).flatMap((target): [string, readonly string[]][] => {
      const id = textAt(target, 'id')
      return id === null ? [] : [[id, hostsOf(target)]]
    }),
  )
}

function hostsOf(target: unknown): readonly string[] {
  const kind = textAt(target, 'kind')
  if (kind === 'kubernetes') return ['sut', 'loadgen']
  if (kind === 'local') return ['local']
  const hosts = valueAt(target, ['hosts'])
  return typeof hosts === 'object' && hosts !== null ? Object.keys(hosts) : []
}

function nameFlaws(one: unknown, path: Path, hosts: ReadonlyMap<string, readonly string[]>): readonly Flaw[] {
  const target = textAt(one, 'target')
  const host = textAt(one, 'host')
  if (target === null) return []
  const known = hosts.get(target)
  if (known === undefined)
    return [unknownWord([...path, 'target'], target, [...hosts.keys()], 'a target of this file')]
  return host === null || known.includes(host)
    ? []
    : [unknownWord([...path, 'host'], host, known, `a host of target ${target}`)]
}

/** One reading is one machine's: what two share is no figure of either. */
function sharedFlaws(behind: readonly { readonly one: unknown; readonly path: Path }[]): readonly Flaw[] {
  return behind.flatMap(({ one, path }, i) => {
    const earlier = behind.slice(0, i).filter(other => textAt(other.one, 'target') === textAt(one, 'target'))
    if (textAt(one, 'target') === null || !earlier.some(other => overlap(other.one, one))) return []
    return [
      {
        code: 'shared-meter',
        path,
        part: 'value',
        message:
          'another host of this target has the same readings of this meter; give each the instances (outlets, supplies) that are its own',
      },
    ]
  })
}

function overlap(a: unknown, b: unknown): boolean {
  const [one, other] = [listAt(a, ['instances']), listAt(b, ['instances'])]
  return one.length === 0 || other.length === 0 || one.some(instance => other.includes(instance))
}

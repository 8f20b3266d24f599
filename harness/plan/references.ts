import type { Path } from './document.ts'
import { type Flaw, unknownWord } from './issues.ts'
import { meterFlaws } from './meter-flaws.ts'
import { valueAt } from './schema-at.ts'

/**
 * What a schema can't say: names that refer to names elsewhere in the file, and names that are there twice. Takes the file as it is, sound or
 * not, so that these are found together with everything else that is wrong.
 */
export function referenceFlaws(file: unknown): readonly Flaw[] {
  const targets = listAt(file, ['targets'])
  const workloads = listAt(file, ['workloads'])
  return [
    ...duplicates(
      targets.map((target, i) => ({ name: text(valueAt(target, ['id'])), path: ['targets', i, 'id'] })),
      'another target has this id',
    ),
    ...duplicates(
      workloads.map((entry, i) => ({ name: keyOf(entry), path: ['workloads', i, 'id'] })),
      'another entry has this key; give one of them a label',
    ),
    ...duplicates(collectorNames(file), 'this collector is there twice'),
    ...targets.flatMap(roleFlaws),
    ...workloads.flatMap((entry, i) => targetFlaws(entry, i, targets)),
    ...duplicates(
      listAt(file, ['meters']).map((meter, i) => ({
        name: text(valueAt(meter, ['id'])),
        path: ['meters', i, 'id'],
      })),
      'another meter has this id',
    ),
    ...meterFlaws(file),
  ]
}

/** Key of a workload entry in the campaign: its id, or id-label. */
export const workloadKey = (id: string, label: string | undefined): string =>
  label === undefined ? id : `${id}-${label}`

interface Named {
  readonly name: string | null
  readonly path: Path
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const listAt = (value: unknown, path: Path): readonly unknown[] => {
  const found = valueAt(value, path)
  return Array.isArray(found) ? found : []
}

function keyOf(entry: unknown): string | null {
  const id = text(valueAt(entry, ['id']))
  return id === null ? null : workloadKey(id, text(valueAt(entry, ['label'])) ?? undefined)
}

const collectorNames = (file: unknown): readonly Named[] =>
  listAt(file, ['collectors', 'use']).map((name, i) => ({ name: text(name), path: ['collectors', 'use', i] }))

function duplicates(names: readonly Named[], message: string): readonly Flaw[] {
  return names
    .filter(({ name }, index) => name !== null && names.findIndex(other => other.name === name) < index)
    .map(({ path, name }) => ({
      code: 'duplicate-name',
      path,
      part: 'value',
      message: `${JSON.stringify(name)}: ${message}`,
    }))
}

function roleFlaws(target: unknown, index: number): readonly Flaw[] {
  const hosts = valueAt(target, ['hosts'])
  if (
    valueAt(target, ['kind']) !== 'ssh' ||
    typeof hosts !== 'object' ||
    hosts === null ||
    Array.isArray(hosts)
  )
    return []
  const names = Object.keys(hosts)
  const roles = valueAt(target, ['roles'])
  if (roles === undefined) {
    return names.length < 2
      ? []
      : [
          {
            code: 'missing-key',
            path: ['targets', index, 'roles'],
            part: 'key',
            message: `is missing: with several hosts it must say which one is sut (hosts: ${names.join(', ')})`,
          },
        ]
  }
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) return []
  const given = Object.entries(roles).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const used = new Set(given.map(([, host]) => host))
  const idle = given.some(([, host]) => !names.includes(host)) ? [] : names.filter(name => !used.has(name))
  return [
    ...given
      .filter(([, host]) => !names.includes(host))
      .map(([role, host]) =>
        unknownWord(['targets', index, 'roles', role], host, names, 'a host of this target'),
      ),
    ...idle.map(
      (name): Flaw => ({
        code: 'no-role',
        path: ['targets', index, 'hosts', name],
        part: 'key',
        message: 'this host has no role; name it under roles as sut or loadgen, or remove it',
      }),
    ),
  ]
}

function targetFlaws(entry: unknown, index: number, targets: readonly unknown[]): readonly Flaw[] {
  const ids = targets.map(target => text(valueAt(target, ['id']))).filter(id => id !== null)
  return listAt(entry, ['targets']).flatMap((name, i) =>
    typeof name === 'string' && !ids.includes(name)
      ? [unknownWord(['workloads', index, 'targets', i], name, ids, 'a target of this file')]
      : [],
  )
}

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { FileSource, Reading, Service } from '../../harness/model/collector.ts'
import { HostFacts } from '../../harness/model/target.ts'
import { toMicros } from '../../harness/model/units.ts'
import { type FixtureTree, fixtureTree, stepsIn } from './fixture-tree.ts'

export const HOSTS_FOLDER = path.resolve(import.meta.dirname, '../fixtures/hosts')
export const fixtureHostNames: readonly string[] = readdirSync(HOSTS_FOLDER, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
  .sort()

/** A recorded machine. */
export interface FixtureHost {
  readonly name: string
  readonly facts: HostFacts
  readonly services: readonly Service[]
  /** The files at each moment. */
  readonly trees: readonly FixtureTree[]
  readonly secondsPerStep: number
}

/** Files of the tree that collectors' probePaths ask for, as HostFacts hold them. Throws when facts.json is not what the schema says. */
export function fixtureHost(name: string, probePaths: readonly string[] = []): FixtureHost {
  const folder = path.join(HOSTS_FOLDER, name)
  const host = JSON.parse(readFileSync(path.join(folder, 'host.json'), 'utf8')) as {
    secondsPerStep: number
    services: Service[]
  }
  const layers = [folder, ...stepsIn(path.join(folder, 'steps'))]
  const trees = layers.map((_, step) => fixtureTree(layers.slice(0, step + 1)))
  const plain = JSON.parse(readFileSync(path.join(folder, 'facts.json'), 'utf8')) as object
  const facts = HostFacts.parse({ ...plain, probes: probesOf(trees[0] ?? fixtureTree([]), probePaths) })
  return { name, facts, services: host.services, trees, secondsPerStep: host.secondsPerStep }
}

/** What the controller's look at the paths gives: text of the first 4 KiB, or an errno. A pattern gives one entry per match. */
export function probesOf(tree: FixtureTree, probePaths: readonly string[]): HostFacts['probes'] {
  const paths = probePaths.flatMap(pattern => (pattern.includes('*') ? tree.glob(pattern) : [pattern]))
  return Object.fromEntries(
    paths.map(file => {
      const look = tree.read(file)
      return [file, 'error' in look ? look : { text: look.bytes.subarray(0, 4096).toString('utf8') }]
    }),
  )
}

/** What the recorder copies from the sources in one tick; seconds since the first tick give the stamps. */
export function readingsOf(tree: FixtureTree, sources: readonly FileSource[], seconds: number): Reading[] {
  return sources.map(source => {
    const look = tree.read(source.path)
    const stamps = { mono: toMicros(5000 + seconds), wall: toMicros(1_795_000_000 + seconds) }
    return 'error' in look
      ? { source: source.id, ...stamps, bytes: null, error: look.error }
      : { source: source.id, ...stamps, bytes: Uint8Array.from(look.bytes.subarray(0, source.maxBytes)) }
  })
}

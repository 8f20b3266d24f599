// Starts a collector: its file, the registry's line, a fixture and a test, all of which pass. Then make it yours, and run `npm run docs`.
//   npx tsx scripts/new-collector.ts ID --path /proc/file [--power]      ID: a-z, 0-9, -; --power: a meter, below collectors/power
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'

const ROOT = path.resolve(import.meta.dirname, '..')
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { path: { type: 'string' }, power: { type: 'boolean', default: false } },
})
const id = positionals[0] ?? ''
const source = values.path ?? ''
if (!/^[a-z][a-z0-9-]*$/.test(id) || !/^\/[^\s'\\]+$/.test(source)) {
  console.error('usage: new-collector ID --path /proc/file [--power]')
  process.exit(2)
}
const inside = values.power ? 'power/' : ''
const name = id.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const up = values.power ? '../..' : '..'
const fixture = `test/fixtures/collectors/${id}/plain`
const sample = await readFile(source, 'utf8').catch(() => '1\n')
const number = Number(/\d+/.exec(sample)?.[0] ?? Number.NaN)

const file = `import type { Collector } from '${up}/harness/model/collector.ts'
import { bytes } from '${up}/harness/model/units.ts'
import { textParser } from '${inside === '' ? '.' : '..'}/parse/parser.ts'
import { fileThere } from '${inside === '' ? '.' : '..'}/parse/probe.ts'
import { gauge, type Row, type Shape } from '${inside === '' ? '.' : '..'}/parse/shape.ts'
import { whole } from '${inside === '' ? '.' : '..'}/parse/text.ts'

const PATH = '${source}'
const SHAPE: Shape = ${
  values.power
    ? "{ measurement: 'power', fields: [gauge('power', 'W')] }"
    : "{ measurement: 'load', fields: [gauge('first', '1')] }"
}

/** TODO: what it reads, in one sentence. */
export const ${name} = {
  id: '${id}',
  title: 'TODO: ${id}',
  about:
    'TODO: what is read from ${source}, what the fields mean, what is left out, and from which kernel on it is there.',
  probePaths: [PATH],
  probe: facts => fileThere(facts, PATH, 'TODO: what somebody can do who does not have it'),
  sources: () => [{ id: '${id}/all', path: PATH, maxBytes: bytes(4096) }],
  estimate: () => bytes(64),
  parser: (_facts, host) =>
    textParser({ collector: '${id}', host }, source =>
      source === '${id}/all' ? { shape: SHAPE, read: readFirst } : null,
    ),${
      values.power
        ? `\n  evidence: () => ({ source: '${id}', kind: 'host-counter', class: 'E0', scope: 'TODO: what is measured' }),`
        : ''
    }
} as const satisfies Collector

/** TODO. A text that is not the kernel's throws Unreadable: the reading becomes an error, never a guess. */
const readFirst = (text: string): Row[] => [{ instance: 'total', values: [whole(/\\d+/.exec(text)?.[0])] }]
`

const test = `import { expect, test } from 'vitest'
import { ${name} } from '${up}/../collectors/${inside}${id}.ts'
import { fixtureHost } from '${up}/support/fixture-host.ts'

test('where it is not there, it says so and what to do', () => {
  const { facts } = fixtureHost('vm-kvm')
  expect(${name}.probe(facts)).toMatchObject({ state: 'absent', hint: expect.stringMatching(/./) })
})
`

const expected = {
  about: 'TODO: what this case shows',
  host: 'vm-kvm',
  expected: {
    state: 'available',
    series: { [`${values.power ? 'power' : 'first'} total`]: [number, number] },
    findings: [],
  },
}

await create(`collectors/${inside}${id}.ts`, file)
await create(`test/collectors/${inside}${id}.test.ts`, test)
await create(`${fixture}/case.json`, `${JSON.stringify(expected, null, 2)}\n`)
await create(`${fixture}/0${source}`, sample)
await create(`${fixture}/1${source}`, sample)
await register()
console.log('then: npm run docs && npx vitest run test/contracts/collector.test.ts')

async function create(relative: string, text: string): Promise<void> {
  const at = path.join(ROOT, relative)
  if (existsSync(at)) {
    console.error(`${relative} is there already`)
    process.exit(2)
  }
  await mkdir(path.dirname(at), { recursive: true })
  await writeFile(at, text)
  console.log(`wrote ${relative}`)
}

/** One import and one entry, each in its place. */
async function register(): Promise<void> {
  const at = path.join(ROOT, 'collectors/registry.ts')
  const text = await readFile(at, 'utf8')
  const importOf = (line: string): string => /from '(.+)'/.exec(line)?.[1] ?? ''
  const entry = id === name ? `  ${id},` : `  '${id}': ${name},`
  const keyOf = (line: string): string => line.replaceAll(/[ ',]|:.*/g, '')
  const withImport = insert(
    text,
    /^import \{.*\} from '\.\/.*'\n/gm,
    `import { ${name} } from './${inside}${id}.ts'`,
    importOf,
  )
  await writeFile(at, insert(withImport, /^ {2}('[a-z0-9-]+': )?[A-Za-z0-9]+,\n/gm, entry, keyOf))
  console.log('wrote collectors/registry.ts')
}

/** The lines that match stand together: with one more, sorted. */
function insert(text: string, lines: RegExp, line: string, key: (line: string) => string): string {
  const found = [...text.matchAll(lines)].map(([match]) => match)
  const block = found.join('')
  const sorted = [...found, `${line}\n`].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return text.replace(block, () => sorted.join(''))
}

// Starts a workload: its folder, the registry's line and a test, all of which pass. Then make it yours, and run `npm run docs`.
//   npx tsx scripts/new-workload.ts ID --unit UNIT      ID: a-z, 0-9, -; UNIT: what one piece of work is called
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'

const ROOT = path.resolve(import.meta.dirname, '..')
const { positionals, values } = parseArgs({ allowPositionals: true, options: { unit: { type: 'string' } } })
const id = positionals[0] ?? ''
const unit = values.unit ?? ''
if (!/^[a-z][a-z0-9-]*$/.test(id) || !/^[A-Za-z][A-Za-z-]*$/.test(unit)) {
  console.error('usage: new-workload ID --unit UNIT')
  process.exit(2)
}
const name = id.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Params`

const workload = `import { z } from 'zod'
import type { LoadFacts, Work, WorkFiles, Workload } from '../../harness/model/workload.ts'
import { loadExit } from '../load-exit.ts'
import { findWorkFile, inChunks, textLines } from '../text-lines.ts'

const LOG = 'work.log'
// TODO: what the load does. One line per piece of work: its end, in ns since the epoch.
const LOOP = 'while :; do sleep "$1"; date +%s%N; done >"$2"'

const ${type} = z.strictObject({
  seconds: z.number().min(0.01).max(60).default(1).describe('TODO: length of one piece, seconds.'),
})
type ${type} = z.infer<typeof ${type}>

/** undefined: a line that is broken. */
async function* pieces(files: WorkFiles): AsyncIterable<Work | undefined> {
  const name = findWorkFile(files.names, LOG)
  if (name === undefined) return
  for await (const line of textLines(files.open(name)))
    yield line !== null && /^\\d{19}$/.test(line)
      ? { at: Number(line.slice(0, -3)), units: 1, ok: true }
      : undefined
}

async function* work(files: WorkFiles): AsyncIterable<Work> {
  for await (const piece of pieces(files)) if (piece !== undefined) yield piece
}

/** TODO: which exit codes are a good end (null). This loop has none of its own: TERM is how it is ended. */
const meaning = (code: number): string | null => (code === 143 ? null : 'it ended by itself')

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const seen = { good: 0, broken: 0 }
  for await (const piece of pieces(files)) seen[piece === undefined ? 'broken' : 'good'] += 1
  const whole = seen.good > 0 && seen.broken === 0
  const reason = \`\${seen.broken} broken lines\`
  return {
    dropped: null,
    vuMax: null,
    vuUsed: null,
    checked: null,
    wrong: null,
    exitCode,
    findings: [
      ...loadExit(LOG, exitCode, meaning),
      ...(whole ? [] : [{ code: 'WORK_ABSENT' as const, values: { file: LOG, reason } }]),
    ],
  }
}

/** TODO: what it does, in one sentence. */
export const ${name}: Workload<${type}> = {
  id: '${id}',
  version: '1',
  title: 'TODO: ${id}',
  about: 'TODO: what is deployed, what the load does, and what of its answers is checked.',
  params: ${type},
  functionalUnit: '${unit}',
  stamps: 'sut',
  estimate: params => ({ workBytesPerSecond: 20 / params.seconds, deploySeconds: 1, diskBytes: 1_000_000 }),
  deploy: async (context, params) => {
    const { sut } = context
    const dir = \`\${context.workDir(sut)}/${id}\`
    await sut.put([], dir)
    const service = await context.loadService(sut, '${id}')
    const argv = ['/bin/sh', '-c', LOOP, 'sh', String(params.seconds), LOG]
    return {
      services: [service],
      startLoad: plan => context.launch(sut, '${id}', argv, { dir, lifeSeconds: plan.totalSeconds + 60 }),
      workFiles: [{ host: sut.id, path: \`\${dir}/\${LOG}\`, name: LOG, gzip: true, maxBytes: 1_073_741_824 }],
    }
  },
  reader: { work: files => inChunks(work(files)), facts },
}
`

const test = `import { expect, test } from 'vitest'
import { ${name} } from '../../../workloads/${id}/workload.ts'
import { filesOf, readWork } from '../../support/work-files.ts'

test('a line is a piece of work, a torn or broken one is none', async () => {
  const files = filesOf({ 'work.log': '1795416327733991269\\nx\\n179541632' })
  expect(await readWork(${name}.reader, files)).toEqual([{ at: 1_795_416_327_733_991, units: 1, ok: true }])
})
`

await create(`workloads/${id}/workload.ts`, workload)
await create(`test/workloads/${id}/workload.test.ts`, test)
await register()
console.log('then: npm run docs && npx vitest run test/contracts/workload.test.ts')

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
  const at = path.join(ROOT, 'workloads/registry.ts')
  const text = await readFile(at, 'utf8')
  const entry = id === name ? `  ${id},` : `  '${id}': ${name},`
  const importLine = `import { ${name} } from './${id}/workload.ts'`
  const withImport = insert(
    text,
    /^import \{.*\} from '\.\/.*'\n/gm,
    importLine,
    line => line.split("'")[1] ?? '',
  )
  const keyOf = (line: string): string => line.replaceAll(/[ ',]|:.*/g, '')
  await writeFile(at, insert(withImport, /^ {2}('[a-z0-9-]+': )?[A-Za-z0-9]+,\n/gm, entry, keyOf))
  console.log('wrote workloads/registry.ts')
}

/** The lines that match stand together: with one more, sorted. */
function insert(text: string, lines: RegExp, line: string, key: (line: string) => string): string {
  const found = [...text.matchAll(lines)].map(([match]) => match)
  const sorted = [...found, `${line}\n`].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return text.replace(found.join(''), () => sorted.join(''))
}

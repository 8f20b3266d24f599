// Adds to package-lock.json the optional packages of other platforms that npm leaves out where its registry does not carry them: without
// them `npm ci` refuses the file. They are named with version, system and processor, so that a platform installs its own and no other.
//   tsx scripts/complete-lock-file.ts [--check]
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const Entry = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
const Lock = z.looseObject({ packages: z.record(z.string(), Entry) })

const SYSTEMS: readonly string[] = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'win32',
]
const PROCESSORS: readonly string[] = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

function platformOf(name: string): Record<string, string[]> {
  const words = name.split(/[/-]/)
  const os = name === 'fsevents' ? ['darwin'] : words.filter(word => SYSTEMS.includes(word))
  const cpu = words.filter(word => PROCESSORS.includes(word))
  const libc = /musl/.test(name) ? ['musl'] : /linux.*gnu/.test(name) ? ['glibc'] : []
  return Object.fromEntries(Object.entries({ cpu, libc, os }).filter(([, values]) => values.length > 0))
}

const file = path.resolve(import.meta.dirname, '../package-lock.json')
const lock = Lock.parse(JSON.parse(await readFile(file, 'utf8')))
const missing = Object.entries(lock.packages).flatMap(([at, { dev, license, optionalDependencies }]) =>
  Object.entries(optionalDependencies ?? {})
    .filter(
      ([name]) =>
        !(`${at}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
    )
    .map(([name, range]) => ({
      name,
      entry: {
        version: range.replace(/^[\^~]/, ''),
        ...platformOf(name),
        ...(dev === undefined ? {} : { dev }),
        ...(license === undefined ? {} : { license }),
        optional: true,
      },
    })),
)
if (missing.length > 0 && process.argv.includes('--check')) {
  console.log(
    `package-lock.json leaves out ${missing.length} optional packages: tsx scripts/complete-lock-file.ts`,
  )
  process.exitCode = 1
} else if (missing.length > 0) {
  const packages = {
    ...lock.packages,
    ...Object.fromEntries(missing.map(m => [`node_modules/${m.name}`, m.entry])),
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  await writeFile(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`)
}

// Records this machine as a fixture for tests: every file that a collector names, a few times, and the facts, without identities.
//   npx tsx scripts/record-fixture.ts NAME [--steps 3] [--seconds 1]      writes test/fixtures/hosts/NAME
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { collectors } from '../collectors/registry.ts'
import type { Collector } from '../harness/model/collector.ts'
import type { HostFacts } from '../harness/model/target.ts'
import { makeHost } from '../harness/targets/host.ts'
import { openLocalDoor } from '../harness/transport/local-door.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' } },
})
const [name] = positionals
if (name === undefined || !/^[a-z0-9-]+$/.test(name)) stop('usage: record-fixture NAME (a-z, 0-9, -)')
const folder = path.resolve(import.meta.dirname, '../test/fixtures/hosts', name)
if (existsSync(folder)) stop(`${folder} is there already`)

const all: readonly Collector[] = Object.values(collectors)
const facts = await readFacts()
const sources = all.flatMap(collector =>
  collector.probe(facts).state === 'available' ? collector.sources(facts, []) : [],
)
const probed = Object.keys(facts.probes).filter(file => !file.includes('*'))

await recordStep(folder, [...probed, ...sources.map(source => source.path)])
for (let step = 1; step < Number(values.steps); step += 1) {
  await setTimeout(Number(values.seconds) * 1000)
  await recordStep(
    path.join(folder, 'steps', String(step)),
    sources.map(source => source.path),
  )
}
await writeJson('facts.json', scrubFacts(facts))
await writeJson('host.json', {
  about: `${facts.cpu.model}, ${facts.cpu.threads} threads, ${facts.virtualization}, cgroup ${facts.cgroup.version}.`,
  origin: 'recorded',
  secondsPerStep: Number(values.seconds),
  services: [],
})
console.log(`wrote ${folder}: read it before you commit it`)

async function readFacts(): Promise<HostFacts> {
  const door = openLocalDoor({ env: process.env, user: '' })
  try {
    const host = makeHost({
      id: 'sut',
      roles: ['sut'],
      door,
      become: { kind: 'none', password: null },
      now: () => Date.now() * 1000,
    })
    return await host.facts(all.flatMap(collector => collector.probePaths))
  } finally {
    await door[Symbol.asyncDispose]()
  }
}

async function recordStep(to: string, files: readonly string[]): Promise<void> {
  for (const file of new Set(files)) {
    const at = path.join(to, file)
    await mkdir(path.dirname(at), { recursive: true })
    await readFile(file, 'utf8').then(
      text => writeFile(at, scrubText(text)),
      (error: NodeJS.ErrnoException) => writeFile(`${at}.errno`, `${error.code ?? 'EIO'}\n`),
    )
  }
}

/** Names that are made of a hardware address or of a container's id. */
function scrubText(text: string): string {
  return text
    .replaceAll(/\benx[0-9a-f]{12}\b/g, 'enx000000000001')
    .replaceAll(/\bbr-[0-9a-f]{12}\b/g, 'br-000000000001')
    .replaceAll(/\b(veth|cali)[0-9a-f]{7,11}\b/g, '$10000001')
}

/** What tells one machine from another of its kind is left out. */
function scrubFacts({ probes: _probes, ...plain }: HostFacts): Omit<HostFacts, 'probes'> {
  return {
    ...plain,
    bootId: '00000000-0000-4000-8000-000000000000',
    kernel: /^\d+\.\d+\.\d+/.exec(plain.kernel)?.[0] ?? '',
    cgroup: {
      ...plain.cgroup,
      own: Object.fromEntries(Object.keys(plain.cgroup.own).map(key => [key, '/'])),
      writable: Object.fromEntries(
        Object.keys(plain.cgroup.writable).map(key => [key, plain.cgroup.mounts[key] ?? '/sys/fs/cgroup']),
      ),
    },
    tools: {},
    workRoot: '/var/tmp',
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(path.join(folder, file), `${JSON.stringify(value, null, 2)}\n`)
}

function stop(message: string): never {
  console.error(message)
  process.exit(2)
}

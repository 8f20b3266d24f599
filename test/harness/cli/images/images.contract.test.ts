// `joulemark images` with a real registry and real tools.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readArchive } from '../../../../harness/cli/images/read-archive.ts'
import { type Registry, startRegistry } from '../../../testbed/registry.ts'
import { type Ended, joulemark } from '../joulemark.ts'
import { writeLayout } from './layout.ts'

const PASSWORD = 'hunter2-hunter2'
const ZEROS = `sha256:${'0'.repeat(64)}`

let folder = ''
let open: Registry
let closed: Registry
let digest = ''

const env = (registry: Registry, auth?: string): Record<string, string> => ({
  HOME: registry.home,
  REGISTRY_AUTH_FILE: auth ?? join(folder, 'no-auth.json'),
})

const campaign = (image: string, more = ''): string => `schema: joulemark/v1
name: pods
protocol: { profile: quick }
targets:
  - { id: cluster, kind: kubernetes, kubeconfig: ./kubeconfig, image: '${image}'${more} }
workloads: [{ id: cpu-compress }]
`

async function save(registry: Registry, what: string, out: string, auth?: string): Promise<Ended> {
  return joulemark(['images', 'save', what, '--out', join(folder, out)], {
    cwd: folder,
    env: env(registry, auth),
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joulemark-images-'))
  open = await startRegistry()
  closed = await startRegistry({ credentials: { user: 'tester', password: PASSWORD } })
  digest = await writeLayout(join(folder, 'layout'), ['amd64', 'arm64'])
  for (const registry of [open, closed]) {
    const to = `docker://${registry.name}/team/workloads:1`
    await execa('skopeo', ['copy', '--all', '--preserve-digests', 'oci:layout', to], {
      cwd: folder,
      env: env(registry, registry.authFile),
    })
  }
})
afterAll(async () => {
  await open?.[Symbol.asyncDispose]()
  await closed?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('list names what nodes pull, by digest, and for which platforms', async () => {
  const image = `ghcr.io/team/workloads@${digest}`
  const mirror =
    ', mirror: { ghcr.io/team: registry.example.org/ghcr }, nodes: { sut: { kubernetes.io/arch: arm64 }, loadgen: { kubernetes.io/arch: arm64 } }'
  await writeFile(join(folder, 'list.yaml'), campaign(image, mirror))
  const { exitCode, stdout, stderr } = await joulemark(['images', 'list', 'list.yaml', '--json'], {
    cwd: folder,
  })
  expect(exitCode, stderr).toBe(0)
  expect(JSON.parse(stdout)).toEqual([
    {
      target: 'cluster',
      source: image,
      reference: `registry.example.org/ghcr/workloads@${digest}`,
      digest,
      platforms: ['linux/arm64'],
    },
  ])
})

test('save fetches the image that a campaign needs, all platforms, under the digest of the registry and the name of the mirror', async () => {
  const image = `${open.name}/team/workloads@${digest}`
  await writeFile(join(folder, 'save.yaml'), campaign(image, `, mirror: { '${open.name}': air.example.org }`))
  const { exitCode, stderr } = await save(open, 'save.yaml', 'save.tar')
  expect(exitCode, stderr).toBe(0)
  const name = `air.example.org/team/workloads@${digest}`
  expect(await readArchive(join(folder, 'save.tar'))).toEqual([
    { digest, names: [name], platforms: ['linux/amd64', 'linux/arm64'] },
  ])
  // What is printed for carrying it on works with the program that it names.
  const to = `docker://${open.name}/carried:1`
  const from = `oci-archive:save.tar:${name}`
  await execa('skopeo', ['copy', '--all', '--preserve-digests', from, to], { cwd: folder, env: env(open) })
  const there = await fetch(`http://${open.name}/v2/carried/manifests/${digest}`, {
    headers: { accept: 'application/vnd.oci.image.index.v1+json' },
  })
  expect(there.status).toBe(200)
  expect(stderr).toContain('skopeo copy --all --preserve-digests oci-archive:')
})

test('a registry that wants credentials gets the user’s own, and without them the way to log in is said', async () => {
  const image = `${closed.name}/team/workloads@${digest}`
  const refused = await save(closed, image, 'closed.tar')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain(`skopeo login ${closed.name}`)
  const done = await save(closed, image, 'closed.tar', closed.authFile)
  expect(done.exitCode, done.stderr).toBe(0)
  const [saved] = await readArchive(join(folder, 'closed.tar'))
  expect(saved?.names).toEqual([image])
  const archive = await readFile(join(folder, 'closed.tar'))
  for (const secret of [PASSWORD, Buffer.from(`tester:${PASSWORD}`).toString('base64')]) {
    expect(archive.includes(secret)).toBe(false)
    expect(refused.stderr + done.stderr + done.stdout).not.toContain(secret)
  }
})

test('a digest that is not there, a registry that does not answer, a file that exists: each is said, and nothing is left', async () => {
  await writeFile(join(folder, 'there.tar'), 'mine')
  const before = (await readdir(folder)).sort()
  const missing = await save(open, `${open.name}/team/workloads@${ZEROS}`, 'x.tar')
  expect(missing.exitCode).not.toBe(0)
  expect(missing.stderr).toContain('no image of that digest')
  const nowhere = await save(open, `127.0.0.1:1/team/workloads@${digest}`, 'x.tar')
  expect(nowhere.exitCode).not.toBe(0)
  expect(nowhere.stderr).toContain('127.0.0.1:1')
  const there = await save(open, `${open.name}/team/workloads@${digest}`, 'there.tar')
  expect(there.exitCode).not.toBe(0)
  expect(there.stderr).toContain('there.tar is there already')
  expect(await readFile(join(folder, 'there.tar'), 'utf8')).toBe('mine')
  expect((await readdir(folder)).sort()).toEqual(before)
})

test('build refuses what is no name, platform or registry before it looks for a builder', async () => {
  for (const [option, value] of [
    ['--tag', '--privileged'],
    ['--tag', 'Upper/case'],
    ['--platform', 'windows'],
    ['--registry', 'a b'],
  ] as const) {
    const { exitCode, stderr } = await joulemark(['images', 'build', `${option}=${value}`], {
      cwd: folder,
      env: { PATH: '/nowhere' },
    })
    expect(exitCode).toBe(2)
    expect(stderr).toContain(JSON.stringify(value))
  }
})

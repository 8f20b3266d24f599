// Images of pods: built by what is there, pulled from a registry that wants credentials, by digest, by another name.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readArchive } from '../../harness/cli/images/read-archive.ts'
import { joulemark, root } from '../e2e/support/command.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import { makeImage } from '../testbed/kubernetes/image.ts'
import { type Registry, startRegistry } from '../testbed/registry.ts'
import { letBy } from './let-by.ts'
import { campaignFile, leftovers, reasons, resultOf, runOnCluster, theCluster } from './support.ts'

const PASSWORD = 'hunter2-hunter2'

/** In base64 a text looks in three ways, by where it begins. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].map(before =>
    Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  )
const AUTH = Buffer.from(`tester:${PASSWORD}`).toString('base64')
/** What of the credentials may be nowhere, also not in a secret's own encoding. */
const SECRETS = [PASSWORD, AUTH, ...inBase64(PASSWORD), ...inBase64(AUTH)]

let cluster: TestCluster
let folder = ''
/** Of base images; anybody may come. */
let bases: Registry
/** Of the workloads; it wants credentials. */
let closed: Registry
let image = ''

const skopeo = (registry: Registry, ...args: readonly string[]) =>
  execa('skopeo', args, {
    cwd: folder,
    env: {
      HOME: registry.home,
      ...(registry.authFile === undefined ? {} : { REGISTRY_AUTH_FILE: registry.authFile }),
    },
  })

/** Puts a base image of workloads/Dockerfile into the registry, made of what this machine has: nothing is fetched from public registries. */
async function putBase(name: string, tag: string, layer: string): Promise<void> {
  const out = path.join(folder, `${name.replaceAll('/', '-')}.tar`)
  const { path: archive } = await makeImage({ name: `localhost/${name}`, tag, layer, out })
  const from = `oci-archive:${path.basename(archive)}:localhost/${name}:${tag}`
  await skopeo(bases, 'copy', from, `docker://${bases.name}/${name}:${tag}`)
  await rm(archive)
}

async function k6Layer(): Promise<{ readonly layer: string; readonly version: string }> {
  const { stdout: k6 } = await execa(path.join(root, 'scripts/get-k6'))
  const dir = path.join(folder, 'k6-root')
  await mkdir(path.join(dir, 'usr/bin'), { recursive: true })
  await cp(k6.trim(), path.join(dir, 'usr/bin/k6'))
  const layer = path.join(folder, 'k6.layer.tar')
  await execa('tar', ['-C', dir, '-cf', layer, 'usr'])
  await rm(dir, { recursive: true })
  return { layer, version: path.basename(path.dirname(k6.trim())).replace(/^k6-/, '') }
}

const COMPRESS = { id: 'cpu-compress', params: {} }

beforeAll(async () => {
  cluster = await theCluster()
  folder = await mkdtemp(path.join(tmpdir(), 'joulemark-images-'))
  bases = await startRegistry()
  closed = await startRegistry({
    address: cluster.address,
    credentials: { user: 'tester', password: PASSWORD },
  })
  await cluster.letPull(closed.name)
  const { stdout: debian } = await execa(path.join(root, 'test/testbed/build-image'), ['debian'])
  const layer = path.join(folder, 'debian.layer.tar')
  await cp(debian.trim(), layer)
  await putBase('library/debian', 'bookworm-slim', layer)
  const k6 = await k6Layer()
  await putBase('grafana/k6', k6.version, k6.layer)
})
afterAll(async () => {
  await bases?.[Symbol.asyncDispose]()
  await closed?.[Symbol.asyncDispose]()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
})

test('the image of the workloads is built from its Dockerfile, and goes into a registry with its digest', async () => {
  const tag = `${closed.name}/joulemark/workloads:1`
  const args = ['images', 'build', '--builder', 'buildah', '--registry', bases.name, '--tag', tag]
  const out = path.join(folder, 'workloads.tar')
  // Storage of its own: buildah keeps layers, and this machine's are none of a test's business.
  const storage = path.join(folder, 'storage.conf')
  await writeFile(
    storage,
    `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`,
  )
  const built = await joulemark([...args, '--out', out], {
    cwd: folder,
    env: { HOME: bases.home, CONTAINERS_STORAGE_CONF: storage, BUILDAH_ISOLATION: 'chroot' },
  })
  expect(built.code, built.stderr.slice(-3000)).toBe(0)
  const [line] = /image: (\S+)/.exec(built.stdout)?.slice(1) ?? []
  image = line ?? ''
  expect(image).toMatch(/\/joulemark\/workloads@sha256:[0-9a-f]{64}$/)
  const [archived] = await readArchive(out)
  expect(archived?.names).toEqual([tag, image])
  expect(archived?.platforms).toEqual([process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64'])
  const from = `oci-archive:workloads.tar:${tag}`
  await skopeo(closed, 'copy', '--all', '--preserve-digests', from, `docker://${tag}`)
})

test('with credentials by reference a campaign runs with that image; nothing of them is left in cluster or archive', async () => {
  const file = await campaignFile(cluster, path.join(folder, 'with'), {
    name: 'with',
    // Digest stays, name is the mirror's.
    target: {
      image: image.replace(closed.name, 'registry.example.org'),
      mirror: { 'registry.example.org': closed.name },
      pull_auth: { file: closed.authFile },
    },
    workloads: [COMPRESS],
    // The machine is still busy with unpacking the image.
    protocol: { retries: 2 },
  })
  const checked = await joulemark(['check', file])
  expect(checked.stdout).toContain(`for ${closed.name}`)
  const listed = await joulemark(['images', 'list', file, '--json'])
  expect(JSON.parse(listed.stdout)).toMatchObject([{ reference: image }])
  const ran = await runOnCluster(file)
  expect(ran.code, reasons(ran)).toBe(0)
  const [group] = (await resultOf(ran.dir)).groups
  expect(group?.counted).toHaveLength(1)
  expect(await leftovers(cluster)).toEqual([])
  expect(await cluster.kubectl('get', 'secrets', '-A', '-o', 'name')).not.toContain('pull')
  for (const secret of SECRETS) {
    const found = await execa('grep', ['-rlaF', secret, ran.dir], { reject: false })
    expect(found.stdout).toBe('')
    expect(ran.stderr + checked.stdout + checked.stderr).not.toContain(secret)
  }
})

test('without credentials, or with wrong ones, a run ends soon and says so in the words of the registry', async () => {
  const wrong = path.join(folder, 'wrong.json')
  const auth = Buffer.from('tester:not-the-password').toString('base64')
  await writeFile(wrong, JSON.stringify({ auths: { [closed.name]: { auth } } }), { mode: 0o600 })
  // Another digest than any node has: what is there is not pulled again.
  const [name] = image.split('@')
  const other = `${name}@sha256:${'1'.repeat(64)}`
  for (const [id, target] of Object.entries({ none: {}, wrong: { pull_auth: { file: wrong } } })) {
    const file = await campaignFile(cluster, path.join(folder, id), {
      name: id,
      target: { image: other, ...target },
      workloads: [COMPRESS],
    })
    const ran = await runOnCluster(file)
    expect(ran.code, reasons(ran)).not.toBe(0)
    expect(reasons(ran)).toMatch(/401|authorization|unauthorized|authenticat/i)
    expect(await leftovers(cluster)).toEqual([])
  }
})

test('who has rights in one namespace alone may hand credentials on; a killed controller’s are found and go', async () => {
  await cluster.kubectl('create', 'namespace', 'pulling')
  await cluster.kubectl('label', 'namespace', 'pulling', 'pod-security.kubernetes.io/enforce=restricted')
  const file = await letBy({ cluster, folder: path.join(folder, 'tenant') }, 'pulling', {
    name: 'tenant',
    target: {
      image,
      namespace: 'pulling',
      access: 'pod',
      // Also where the node has the image: the registry is asked with the credentials.
      pull: 'Always',
      pull_auth: { file: closed.authFile },
    },
    workloads: [COMPRESS],
  })
  const checked = await joulemark(['check', file])
  expect(checked.code, checked.stdout + checked.stderr).toBe(0)
  const secrets = () =>
    cluster.kubectl('get', 'secrets', '-n', 'pulling', '-l', 'joulemark/campaign', '-o', 'name')
  let seen = ''
  const ran = await runOnCluster(file, {
    on: async (event, pid) => {
      if (event.type !== 'phase' || event.phase !== 'window') return
      seen = await secrets()
      process.kill(pid, 'SIGKILL')
    },
  })
  expect(ran.code, reasons(ran)).toBeNull()
  expect(seen).toMatch(/^secret\/jm-tenant-.*-pull$/)
  expect(await secrets()).toBe(seen)
  // By label alone it is kept until its time is past.
  const byLabel = await joulemark(['reap', file, '--target', 'cluster', '--dry-run'])
  expect(byLabel.stdout + byLabel.stderr).toMatch(/secret jm-tenant-.*kept until/)
  const reaped = await joulemark(['reap', ran.dir])
  expect(reaped.code, reaped.stdout + reaped.stderr).toBe(0)
  expect(await secrets()).toBe('')
  expect(await leftovers(cluster)).toEqual([])
  await cluster.kubectl('delete', 'namespace', 'pulling')
})

test('credentials for other registries stay here, and check says so', async () => {
  const none = path.join(folder, 'other.json')
  await writeFile(none, JSON.stringify({ auths: { 'other.example.org': { auth: 'eDp5' } } }), { mode: 0o600 })
  const file = await campaignFile(cluster, path.join(folder, 'other'), {
    name: 'other',
    target: { image, pull_auth: { file: none } },
    workloads: [COMPRESS],
  })
  const { code, stdout, stderr } = await joulemark(['check', file])
  expect(code).not.toBe(0)
  expect(stdout + stderr).toContain(`they have none for ${closed.name}`)
  expect(await readFile(file, 'utf8')).not.toContain('eDp5')
})

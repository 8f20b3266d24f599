// A container as a host: files of any size and bytes, commands of any words, on a real cluster.
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '../../harness/model/target.ts'
import { makeHost } from '../../harness/targets/host.ts'
import { openKube } from '../../harness/transport/kubernetes/kubeconfig.ts'
import { openPodDoor } from '../../harness/transport/kubernetes/pod-door.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import { theCluster } from './support.ts'

const PLACE = { namespace: 'door', pod: 'door', container: 'door' }
const MIB = 1 << 20

let cluster: TestCluster
let host: Host
beforeAll(async () => {
  cluster = await theCluster()
  await cluster.kubectl('create', 'namespace', PLACE.namespace)
  const made = ['run', PLACE.pod, '-n', PLACE.namespace, `--image=${cluster.image}`, '--restart=Never']
  await cluster.kubectl(...made, '--command', '--', 'sleep', '600')
  await cluster.kubectl('wait', '-n', PLACE.namespace, `pod/${PLACE.pod}`, '--for=condition=Ready')
  const kube = await openKube({ kubeconfig: cluster.kubeconfig, env: {} })
  const door = openPodDoor(kube, async () => PLACE)
  const become = { kind: 'none', password: null } as const
  host = makeHost({ id: 'pod', roles: [], door, become, now: () => Date.now() * 1000 })
})
afterAll(async () => {
  await host.hush()
  await cluster.kubectl('delete', 'namespace', PLACE.namespace)
})

// A ConfigMap ends at 1 MiB.
test.each([0, 1, 3 * MIB + 17])('a file of %i bytes arrives whole and comes back whole', async size => {
  const content = randomBytes(size)
  await host.put([{ name: 'script.js', content, mode: 0o600 }], '/tmp/door')
  const chunks: Uint8Array[] = []
  for await (const chunk of host.fetch('/tmp/door/script.js', 8 * MIB)) chunks.push(chunk)
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  expect(digest(Buffer.concat(chunks))).toBe(digest(content))
})

test('words of a command arrive as they are, and it ends as it ends', async () => {
  const words = ['', ' ', "it's", '"$HOME"', '`id`', '\\', 'a\nb', '*', '-n', 'ü€', '; exit 3']
  const said = await host.exec(['printf', '<%s>', ...words])
  expect(said).toMatchObject({ code: 0, stdout: words.map(word => `<${word}>`).join('') })
  expect(await host.exec(['sh', '-c', 'echo no >&2; exit 7'])).toMatchObject({ code: 7, stderr: 'no\n' })
  expect(await host.exec(['cat'], { stdin: 'in' })).toMatchObject({ code: 0, stdout: 'in' })
})

// A Kubernetes cluster of two nodes on one machine: control plane, and for each node a containerd and a kubelet. Both nodes stand on one
// kernel, so they have one boot id. Needs root and Debian's etcd-server, containerd, runc and containernetworking-plugins.

import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Authority, authorityIn, makeAuthority } from './certificates.ts'
import { processesIn, removeGroup } from './cgroups.ts'
import { type ControlPlane, startApiServer, startControlPlane } from './control-plane.ts'
import { makeImage } from './image.ts'
import { makeNetwork, type Network, planNetwork, removeNetwork } from './network.ts'
import { cgroupOf, letPull, PAUSE, socketOf, startKubelet, startNode } from './node.ts'
import { type Daemon, daemons, endAll, run, startTime, tryRun, until } from './processes.ts'

/** Folders of clusters; their names hold the owner's process id where a test made them. */
const PLACE = '/var/tmp'
const PREFIX = 'jm-cluster-'

export interface TestCluster extends AsyncDisposable {
  readonly folder: string
  /** Of an administrator. */
  readonly kubeconfig: string
  /** Image of workloads that nodes have, by digest. */
  readonly image: string
  /** Of this machine, as nodes reach it. */
  readonly address: string
  kubectl(...args: readonly string[]): Promise<string>
  /** Lets all nodes pull from a registry without TLS, `ADDRESS:PORT`. */
  letPull(registry: string): Promise<void>
  /** Ends the API server and starts it again; resolves when it is ready. `goneSeconds`: meanwhile it is away. */
  restartApiServer(goneSeconds?: number): Promise<void>
  stopKubelet(node: string): Promise<void>
  startKubelet(node: string): Promise<void>
}

/** What a cluster's folder says of it. */
interface State {
  readonly id: string
  readonly network: Network
  readonly forward: string
  readonly port: number
  readonly etcdPorts: readonly [number, number]
  readonly image: string
  readonly programs: string
}

const script = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
const stateFile = (folder: string): string => join(folder, 'cluster.json')
const readState = async (folder: string): Promise<State | null> =>
  readFile(stateFile(folder), 'utf8').then(
    text => JSON.parse(text) as State,
    () => null,
  )

/** Starts a cluster. `name`: of its folder; tests take their process id. Returns when both nodes are ready. */
export async function startCluster(name: string = String(process.pid)): Promise<TestCluster> {
  await sweep()
  const folder = join(PLACE, `${PREFIX}${name}`)
  if ((await readState(folder)) !== null) throw new Error(`${folder}: such a cluster is there already`)
  const programs = (await run(script('build-kubernetes'))).trim()
  const id = shortId(name)
  const network = await planNetwork(id)
  await mkdir(folder, { recursive: true, mode: 0o711 })
  const images = await imagesIn(folder)
  const [port = 0, etcd = 0, peer = 0] = await freePorts(3)
  const { forward } = await makeNetwork(id, network)
  const state: State = {
    id,
    network,
    forward,
    port,
    etcdPorts: [etcd, peer],
    image: images.workloads,
    programs,
  }
  await writeFile(stateFile(folder), JSON.stringify(state))
  try {
    const authority = await makeAuthority(join(folder, 'pki'))
    const plane = planeOf(folder, state, authority)
    await startControlPlane(plane)
    for (const place of network.nodes) await startNode({ ...plane, id, place, images: images.archives })
    const cluster = clusterOf(folder, state, plane)
    await until('two nodes', 90, async () => {
      const said = await cluster.kubectl(
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
      )
      return said.split(' ').filter(word => word === 'True').length === network.nodes.length
    })
    return cluster
  } catch (error) {
    await stopCluster(folder)
    throw error
  }
}

/** Interfaces have names of 15 characters at most. */
const shortId = (name: string): string => name.replace(/[^a-z0-9]/g, '').slice(-6)

const planeOf = (folder: string, state: State, authority: Authority): ControlPlane => ({
  folder,
  programs: state.programs,
  authority,
  address: state.network.address,
  port: state.port,
  etcdPorts: state.etcdPorts,
})

async function imagesIn(
  folder: string,
): Promise<{ readonly archives: readonly string[]; readonly workloads: string }> {
  const make = async (name: string, tag: string): Promise<{ path: string; reference: string }> => {
    const cached = (await run(script('build-image'), name)).trim()
    const layer = join(folder, `${name}.layer.tar`)
    await run('cp', '--reflink=auto', cached, layer)
    return makeImage({
      name: `joulemark.test/${name}`,
      tag,
      layer,
      out: join(folder, `${name}.tar`),
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(name === 'pause' ? { command: ['/bin/sleep', '2147483647'] } : {}),
    })
  }
  const pause = await make('pause', PAUSE.split(':')[1] ?? '')
  const workloads = await make('workloads', '1')
  return { archives: [pause.path, workloads.path], workloads: workloads.reference }
}

function clusterOf(folder: string, state: State, plane: ControlPlane): TestCluster {
  const kubeconfig = join(folder, 'pki', 'admin.kubeconfig')
  const kubectl = (...args: readonly string[]): Promise<string> =>
    run(join(state.programs, 'kubectl'), '--kubeconfig', kubeconfig, ...args)
  const placeOf = (node: string) => {
    const place = state.network.nodes.find(({ name }) => name === node)
    if (place === undefined) throw new Error(`there is no node ${node}`)
    return place
  }
  const stop = async (name: string): Promise<void> => {
    const found = (await daemons(folder)).find(daemon => daemon.name === name && daemon.running)
    if (found !== undefined) await endAll([found.pid])
  }
  return {
    folder,
    kubeconfig,
    image: state.image,
    address: state.network.address,
    kubectl,
    async letPull(registry) {
      for (const place of state.network.nodes) await letPull(folder, place, registry)
    },
    async restartApiServer(goneSeconds = 0) {
      await stop('apiserver')
      await new Promise(resolve => setTimeout(resolve, goneSeconds * 1000))
      await startApiServer(plane)
      await until('the API server', 60, async () => (await kubectl('get', '--raw', '/readyz')) === 'ok')
    },
    stopKubelet: node => stop(`kubelet-${placeOf(node).name}`),
    startKubelet: node => startKubelet({ ...plane, id: state.id, place: placeOf(node) }),
    [Symbol.asyncDispose]: () => stopCluster(folder),
  }
}

/** A cluster that somebody started. */
export async function openCluster(name: string): Promise<TestCluster | null> {
  const folder = join(PLACE, `${PREFIX}${name}`)
  const state = await readState(folder)
  if (state === null) return null
  const dir = join(folder, 'pki')
  return clusterOf(folder, state, planeOf(folder, state, authorityIn(dir)))
}

export const clusterDaemons = (name: string): Promise<readonly Daemon[]> =>
  daemons(join(PLACE, `${PREFIX}${name}`))

/** Ends everything of a cluster and removes what it left. May be called for one that is half there. */
export async function stopCluster(folder: string): Promise<void> {
  const state = await readState(folder)
  const running = (await daemons(folder)).filter(daemon => daemon.running)
  const first = running.filter(({ name }) => !name.startsWith('containerd'))
  await endAll(first.map(({ pid }) => pid))
  if (state !== null)
    for (const place of state.network.nodes) {
      await endAll([...(await processesIn(cgroupOf(state.id, place)))], 0)
      const socket = socketOf(folder, place)
      const shims = await shimsOf(socket)
      await endAll(shims, 1)
    }
  await endAll(running.filter(({ name }) => name.startsWith('containerd')).map(({ pid }) => pid))
  await unmountBelow(folder)
  if (state !== null) {
    for (const place of state.network.nodes) await removeGroup(cgroupOf(state.id, place))
    await removePodNetworks(folder)
    await removeNetwork(state.id, state.forward)
  }
  await rm(folder, { recursive: true, force: true })
}

/** containerd-shim processes carry their containerd's socket as an argument. */
async function shimsOf(socket: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (basename(words[0] ?? '').startsWith('containerd-shim') && words.includes(socket))
      found.push(Number(name))
  }
  return found
}

/** Mounts of pods, and network namespaces that are kept open by a mount, which containerd notes in its folder. */
async function unmountBelow(folder: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const text = await readFile('/proc/self/mountinfo', 'utf8')
    const points = text
      .split('\n')
      .map(line => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
      .filter(point => point.startsWith(`${folder}/`))
    if (points.length === 0) return
    for (const point of points.reverse()) await tryRun('umount', '--lazy', point)
  }
}

/** CNI names network namespaces of pods by chance; addresses given out say which were this cluster's: those without a process left. */
async function removePodNetworks(folder: string): Promise<void> {
  const used = new Set<string>()
  for (const node of await readdir(folder, { withFileTypes: true }).catch(() => []))
    if (node.isDirectory())
      for (const file of await readdir(join(folder, node.name, 'netns')).catch(() => [])) used.add(file)
  for (const name of await readdir('/var/run/netns').catch(() => [])) {
    if (!/^cni-[0-9a-f-]+$/.test(name)) continue
    if ((await tryRun('ip', 'netns', 'pids', name)) === '') await tryRun('ip', 'netns', 'del', name)
  }
}

/** Clusters whose tests died are taken down. */
async function sweep(): Promise<void> {
  for (const name of await readdir(PLACE)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)$`).exec(name)?.[1]
    if (pid !== undefined && Number(pid) !== process.pid && (await startTime(Number(pid))) === null)
      await stopCluster(join(PLACE, name))
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports: number[] = []
  await Promise.all(servers.map(server => once(server, 'listening')))
  for (const server of servers) {
    const address = server.address()
    if (address !== null && typeof address !== 'string') ports.push(address.port)
  }
  for (const server of servers) server.close()
  return ports
}

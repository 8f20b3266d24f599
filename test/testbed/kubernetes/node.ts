import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { makeGroup } from './cgroups.ts'
import { type ControlPlane, serverOf } from './control-plane.ts'
import { cniConfig, type NodePlace } from './network.ts'
import { run, startDaemon, until } from './processes.ts'

/** Image of the container that holds a pod's namespaces. */
export const PAUSE = 'joulemark.test/pause:1'

export const cgroupOf = (id: string, { name }: NodePlace): string => `jmk${id}-${name}`
export const socketOf = (folder: string, { name }: NodePlace): string => join(folder, name, 'containerd.sock')

/** containerd and kubelet of one node, with folders, addresses and a cgroup of their own. */
export async function startNode(
  o: ControlPlane & { readonly id: string; readonly place: NodePlace; readonly images: readonly string[] },
): Promise<void> {
  const { folder, place } = o
  const dir = join(folder, place.name)
  const cni = join(dir, 'cni')
  await mkdir(cni, { recursive: true })
  await writeFile(join(cni, '10-pods.conflist'), cniConfig(place, join(dir, 'addresses')))
  await writeFile(join(dir, 'containerd.toml'), containerdConfig(dir, cni))
  await makeGroup(cgroupOf(o.id, place))
  const inside = place.netns === null ? {} : { netns: place.netns }
  await startDaemon(
    folder,
    `containerd-${place.name}`,
    ['containerd', '--config', join(dir, 'containerd.toml')],
    inside,
  )
  const socket = socketOf(folder, place)
  await until(`containerd of ${place.name}`, 30, async () => {
    await access(socket)
    await run('ctr', '--address', socket, 'version')
    return true
  })
  for (const image of o.images)
    await run(
      'ctr',
      '--address',
      socket,
      '--namespace',
      'k8s.io',
      'images',
      'import',
      '--snapshotter',
      'overlayfs',
      image,
    )
  await o.authority.issue(`kubelet-${place.name}`, `/O=system:nodes/CN=system:node:${place.name}`, [
    place.address,
    place.name,
  ])
  await startKubelet(o)
}

export async function startKubelet(
  o: ControlPlane & { readonly id: string; readonly place: NodePlace },
): Promise<void> {
  const { folder, place, authority } = o
  const dir = join(folder, place.name)
  const kubeconfig = await authority.kubeconfig(`kubelet-${place.name}`, serverOf(o))
  const config = join(dir, 'kubelet.yaml')
  await writeFile(config, stringify(kubeletConfig(o, dir)))
  await startDaemon(
    folder,
    `kubelet-${place.name}`,
    [
      join(o.programs, 'kubelet'),
      '--config',
      config,
      '--kubeconfig',
      kubeconfig,
      '--hostname-override',
      place.name,
      '--node-ip',
      place.address,
      '--root-dir',
      join(dir, 'kubelet'),
      '--cert-dir',
      join(dir, 'pki'),
    ],
    place.netns === null ? {} : { netns: place.netns },
  )
}

const kubeletConfig = (
  { id, place, authority }: ControlPlane & { readonly id: string; readonly place: NodePlace },
  dir: string,
): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: place.address,
  containerRuntimeEndpoint: `unix://${join(dir, 'containerd.sock')}`,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroupOf(id, place)}`,
  failCgroupV1: false,
  failSwapOn: false,
  evictionHard: {},
  resolvConf: '',
  podLogsDir: join(dir, 'pod-logs'),
  healthzPort: 0,
  readOnlyPort: 0,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: join(authority.dir, 'ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: join(authority.dir, `kubelet-${place.name}.crt`),
  tlsPrivateKeyFile: join(authority.dir, `kubelet-${place.name}.key`),
  nodeStatusUpdateFrequency: '4s',
  volumePluginDir: join(dir, 'volume-plugins'),
})

/** Folder in which containerd looks up, at every pull, how it reaches a registry. */
const registriesOf = (dir: string): string => join(dir, 'registries')

/** Lets a node pull from a registry, `10.214.0.1:5000`, that has no TLS. */
export async function letPull(folder: string, place: NodePlace, registry: string): Promise<void> {
  const dir = join(registriesOf(join(folder, place.name)), registry)
  await mkdir(dir, { recursive: true })
  // https://github.com/containerd/containerd/blob/v1.6.20/docs/hosts.md
  await writeFile(
    join(dir, 'hosts.toml'),
    `server = "http://${registry}"\n[host."http://${registry}"]\n  capabilities = ["pull", "resolve"]\n`,
  )
}

// Without CAP_SYS_RESOURCE runc can't lower its oom_score_adj; restrict_oom_score_adj keeps it from trying.
const containerdConfig = (dir: string, cni: string): string => `version = 2
root = "${join(dir, 'root')}"
state = "${join(dir, 'state')}"
[grpc]
  address = "${join(dir, 'containerd.sock')}"
[ttrpc]
  address = "${join(dir, 'containerd.sock.ttrpc')}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(dir, 'opt')}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${registriesOf(dir)}"
`

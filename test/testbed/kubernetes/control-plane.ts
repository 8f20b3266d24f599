import { join } from 'node:path'
import type { Authority } from './certificates.ts'
import { run, startDaemon, until } from './processes.ts'

export interface ControlPlane {
  readonly folder: string
  /** Folder of kube-apiserver and the others. */
  readonly programs: string
  readonly authority: Authority
  readonly address: string
  readonly port: number
  readonly etcdPorts: readonly [number, number]
}

export const serverOf = (o: Pick<ControlPlane, 'address' | 'port'>): string =>
  `https://${o.address}:${o.port}`

/** etcd, API server, controller manager and scheduler; returns when the API server is ready. */
export async function startControlPlane(o: ControlPlane): Promise<void> {
  const { folder, authority } = o
  const [client, peer] = o.etcdPorts
  const etcd = `http://127.0.0.1:${client}`
  const self = `http://127.0.0.1:${peer}`
  await startDaemon(folder, 'etcd', [
    'etcd',
    '--data-dir',
    join(folder, 'etcd'),
    '--listen-client-urls',
    etcd,
    '--advertise-client-urls',
    etcd,
    '--listen-peer-urls',
    self,
    '--initial-advertise-peer-urls',
    self,
    '--initial-cluster',
    `default=${self}`,
  ])
  await authority.issue('apiserver', '/CN=kube-apiserver', [
    o.address,
    '127.0.0.1',
    '10.96.0.1',
    'kubernetes.default.svc',
  ])
  await authority.issue('to-kubelet', '/O=system:masters/CN=kube-apiserver-kubelet-client')
  await authority.issue('admin', '/O=system:masters/CN=admin')
  await authority.issue('controller-manager', '/CN=system:kube-controller-manager')
  await authority.issue('scheduler', '/CN=system:kube-scheduler')
  await startApiServer(o)
  const admin = await authority.kubeconfig('admin', serverOf(o))
  await until('the API server', 60, async () => {
    const said = await run(join(o.programs, 'kubectl'), '--kubeconfig', admin, 'get', '--raw', '/readyz')
    return said === 'ok'
  })
  for (const name of ['controller-manager', 'scheduler']) {
    const config = await authority.kubeconfig(name, serverOf(o))
    const keys = [
      '--root-ca-file',
      join(authority.dir, 'ca.crt'),
      '--service-account-private-key-file',
      join(authority.dir, 'service-account.key'),
    ]
    await startDaemon(folder, name, [
      join(o.programs, `kube-${name}`),
      '--kubeconfig',
      config,
      '--authentication-kubeconfig',
      config,
      '--authorization-kubeconfig',
      config,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      // A node that says nothing is soon seen to.
      ...(name === 'controller-manager'
        ? [
            ...keys,
            '--use-service-account-credentials',
            '--node-monitor-grace-period=12s',
            '--node-monitor-period=2s',
          ]
        : []),
    ])
  }
}

export async function startApiServer(o: ControlPlane): Promise<number> {
  const at = (file: string): string => join(o.authority.dir, file)
  return startDaemon(o.folder, 'apiserver', [
    join(o.programs, 'kube-apiserver'),
    '--bind-address',
    o.address,
    '--advertise-address',
    o.address,
    '--secure-port',
    String(o.port),
    '--etcd-servers',
    `http://127.0.0.1:${o.etcdPorts[0]}`,
    '--endpoint-reconciler-type=none',
    '--client-ca-file',
    at('ca.crt'),
    '--tls-cert-file',
    at('apiserver.crt'),
    '--tls-private-key-file',
    at('apiserver.key'),
    '--kubelet-client-certificate',
    at('to-kubelet.crt'),
    '--kubelet-client-key',
    at('to-kubelet.key'),
    '--kubelet-preferred-address-types=InternalIP',
    '--authorization-mode=Node,RBAC',
    '--anonymous-auth=false',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file',
    at('service-account.key'),
    '--service-account-signing-key-file',
    at('service-account.key'),
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    '--enable-admission-plugins=NodeRestriction,ResourceQuota,PodSecurity,LimitRanger',
  ])
}

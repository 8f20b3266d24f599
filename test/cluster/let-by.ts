import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { joulemark } from '../e2e/support/command.ts'
import type { TestCluster } from '../testbed/kubernetes/cluster.ts'
import { type ClusterCampaign, campaignFile } from './support.ts'

interface Place {
  readonly cluster: TestCluster
  readonly folder: string
}

const Kubeconfig = z.looseObject({ users: z.array(z.looseObject({ name: z.string() })) })

/** How the service account shows who it is: by a token in the kubeconfig, or by a program that is run for one. */
type Credentials = 'token' | 'exec'

/** A kubeconfig of the service account `joulemark` of a namespace. */
async function kubeconfigOf({ cluster, folder }: Place, namespace: string, by: Credentials): Promise<string> {
  const token = (
    await cluster.kubectl('create', 'token', 'joulemark', '-n', namespace, '--duration=2h')
  ).trim()
  const config = Kubeconfig.parse(parse(await readFile(cluster.kubeconfig, 'utf8')))
  const user =
    by === 'token' ? { token } : { exec: await program(path.join(folder, `${namespace}.json`), token) }
  const users = config.users.map(({ name }) => ({ name, user }))
  const file = path.join(folder, `${namespace}.kubeconfig`)
  await writeFile(file, stringify({ ...config, users }))
  await chmod(file, 0o600)
  return file
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
async function program(file: string, token: string): Promise<object> {
  const apiVersion = 'client.authentication.k8s.io/v1'
  await writeFile(file, JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }), {
    mode: 0o600,
  })
  return { apiVersion, command: 'cat', args: [file], interactiveMode: 'Never' }
}

/** Applies what `joulemark rbac` prints for a campaign, and gives a file of the same campaign for who was let by it. */
export async function letBy(
  place: Place,
  namespace: string,
  o: ClusterCampaign & { readonly by?: Credentials },
): Promise<string> {
  const { cluster, folder } = place
  const asAdmin = await campaignFile(cluster, folder, { ...o, name: `${o.name}-admin` })
  const rbac = await joulemark(['rbac', asAdmin])
  if (rbac.code !== 0) throw new Error(`rbac: ${rbac.stderr}`)
  const manifest = path.join(folder, `${o.name}-rbac.yaml`)
  await writeFile(manifest, rbac.stdout)
  await cluster.kubectl('apply', '-f', manifest)
  const kubeconfig = await kubeconfigOf(place, namespace, o.by ?? 'token')
  return campaignFile(cluster, folder, { ...o, target: { ...o.target, kubeconfig } })
}

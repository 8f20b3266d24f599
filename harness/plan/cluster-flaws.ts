import type { Workload } from '../model/workload.ts'
import type { Flaw } from './issues.ts'
import type { CampaignFile } from './schema.ts'
import type { KubernetesTarget } from './schema-cluster.ts'

/** What does not go together in a file with clusters: workloads that have no pods, secrets without their namespace. */
export function clusterFlaws(
  file: CampaignFile,
  workloads: ReadonlyMap<string, Pick<Workload, 'pods'>>,
): readonly Flaw[] {
  const clusters = file.targets.filter(({ kind }) => kind === 'kubernetes').map(({ id }) => id)
  return [
    ...file.workloads.flatMap((entry, i): Flaw[] => {
      const on = clusters.filter(id => entry.targets === undefined || entry.targets.includes(id))
      if (on.length === 0 || workloads.get(entry.id)?.pods !== undefined) return []
      return [
        {
          code: 'no-pods',
          path: ['workloads', i, 'id'],
          part: 'value',
          message: `${entry.id} does not go into pods, and ${on.join(', ')} is a cluster. Name its targets without it (targets)`,
        },
      ]
    }),
    ...file.targets.flatMap((target, i): Flaw[] => {
      const found = target.kind === 'kubernetes' ? pullSecretFlaw(target) : null
      return found === null ? [] : [{ ...found, path: ['targets', i, 'pull_secret'], part: 'key' }]
    }),
  ]
}

function pullSecretFlaw({
  namespace,
  pull_secret: secret,
  pull_auth: auth,
}: KubernetesTarget): Pick<Flaw, 'code' | 'message'> | null {
  if (secret === undefined) return null
  if (auth !== undefined)
    return { code: 'two-secrets', message: 'stands beside pull_auth, and one of the two is enough' }
  if (namespace !== undefined) return null
  return {
    code: 'secret-without-namespace',
    message:
      'lies in a namespace, and there is none: namespaces are made for every run. Name the existing one (namespace), or give the credentials by reference (pull_auth)',
  }
}

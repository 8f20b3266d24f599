import type { Workload } from '../model/workload.ts'
import type { Flaw } from './issues.ts'
import type { CampaignFile } from './schema.ts'

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
    ...file.targets.flatMap((target, i): Flaw[] =>
      target.kind === 'kubernetes' && target.pull_secret !== undefined && target.namespace === undefined
        ? [
            {
              code: 'secret-without-namespace',
              path: ['targets', i, 'pull_secret'],
              part: 'key',
              message:
                'lies in a namespace, and there is none: namespaces are made for every run. Name the existing one (namespace)',
            },
          ]
        : [],
    ),
  ]
}

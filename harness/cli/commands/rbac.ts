import type { Command } from 'commander'
import { JoulemarkError } from '../../model/error.ts'
import type { PlannedTarget } from '../../model/plan.ts'
import type { Subject } from '../rbac-text.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly target?: string
  readonly user?: string
  readonly group?: string
  readonly serviceAccount?: string
}

/** `joulemark rbac FILE`: the rights that a campaign needs on a cluster, as a manifest. */
export function rbacCommand(program: Command, terminal: Terminal): void {
  program
    .command('rbac')
    .summary('print the rights that a campaign needs on a cluster')
    .description(
      'Prints the manifest that grants exactly what the runs of a campaign file need on a Kubernetes cluster, with what each right is for. Connects to nothing.',
    )
    .argument('<file>', 'campaign file (YAML)')
    .option('--target <id>', 'of several clusters in the file, this one')
    .option('--user <name>', 'grant them to this user')
    .option('--group <name>', 'grant them to this group')
    .option(
      '--service-account <namespace:name>',
      'grant them to this service account; default: one named joulemark is made',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark rbac campaign.yaml | kubectl apply -f -\n  joulemark rbac campaign.yaml --user anna@example.org > rights.yaml',
    )
    .action(async (file: string, options: Options) => {
      const [{ loadFile }, { plannedRights }, { rbacText }] = await Promise.all([
        import('../load-file.ts'),
        import('../cluster-rights.ts'),
        import('../rbac-text.ts'),
      ])
      const subject = subjectOf(options)
      const { plan, connections } = await loadFile(file)
      const target = clusterOf(plan.targets, options.target)
      const connection = connections.get(target.id)
      const given = connection?.kind === 'kubernetes' ? connection.namespace : undefined
      terminal.out(rbacText({ rights: plannedRights(plan, target, connection), given, subject }))
    })
}

function subjectOf({ user, group, serviceAccount }: Options): Subject | null {
  const named = [user, group, serviceAccount].filter(one => one !== undefined)
  if (named.length > 1)
    throw usage('rights are granted to one subject', 'give one of --user, --group and --service-account')
  if (user !== undefined) return { kind: 'User', name: user }
  if (group !== undefined) return { kind: 'Group', name: group }
  if (serviceAccount === undefined) return null
  const [, namespace, name] = /^([a-z0-9-]+):([a-z0-9.-]+)$/.exec(serviceAccount) ?? []
  if (namespace === undefined || name === undefined)
    throw usage(
      `${JSON.stringify(serviceAccount)} names no service account`,
      'write NAMESPACE:NAME, such as measuring:joulemark',
    )
  return { kind: 'ServiceAccount', namespace, name }
}

function clusterOf(targets: readonly PlannedTarget[], id: string | undefined): PlannedTarget {
  const clusters = targets.filter(({ cluster }) => cluster !== undefined)
  const found = id === undefined ? clusters : clusters.filter(target => target.id === id)
  const [only, other] = found
  if (only !== undefined && other === undefined) return only
  const names = clusters.map(target => target.id).join(', ')
  throw clusters.length === 0
    ? usage('the campaign file has no target of kind kubernetes', 'other targets need no such rights')
    : usage(
        id === undefined
          ? 'the campaign file has several clusters'
          : `the campaign file has no cluster ${id}`,
        `choose one with --target: ${names}`,
      )
}

const usage = (message: string, hint: string): JoulemarkError =>
  new JoulemarkError({ code: 'rbac', exit: 'usage', message, hint })

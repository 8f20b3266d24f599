import { Argument, type Command } from 'commander'
import { collectors } from '../../../collectors/registry.ts'
import { workloads } from '../../../workloads/registry.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

interface Entry {
  readonly id: string
  readonly title: string
  /** What else the table shows. */
  readonly more: string
}

const REGISTRIES: Readonly<
  Record<string, { readonly more: string; readonly entries: () => Promise<readonly Entry[]> }>
> = {
  collectors: {
    more: 'about',
    entries: async () =>
      Object.values(collectors).map(({ id, title, about }) => ({ id, title, more: about })),
  },
  workloads: {
    more: 'version, unit',
    entries: async () =>
      Object.values(workloads).map(({ id, title, version, functionalUnit }) => ({
        id,
        title,
        more: `${version}, ${functionalUnit}`,
      })),
  },
  targets: {
    more: 'about',
    entries: async () => [
      { id: 'local', title: 'This machine', more: 'one host called local; it makes the load too' },
      { id: 'ssh', title: 'Hosts reached over SSH', more: 'sut and loadgen on one host or on two' },
    ],
  },
  formats: {
    more: '',
    entries: async () => {
      const { formats } = await import('../../../results/report/registry.ts')
      return Object.values(formats).map(({ id, title }) => ({ id, title, more: '' }))
    },
  },
}

/** `joulemark list WHAT`: what can be named in campaign files and options. */
export function listCommand(program: Command, terminal: Terminal): void {
  program
    .command('list')
    .summary('list what a campaign file can name')
    .description(
      'Lists collectors, workloads, kinds of targets or formats of reports: what campaign files and options can name.',
    )
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(REGISTRIES)))
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  joulemark list workloads\n  joulemark list collectors --json')
    .action(async (what: string, options: { readonly json?: true }) => {
      const registry = REGISTRIES[what]
      if (registry === undefined) return
      const entries = await registry.entries()
      if (options.json === true)
        return terminal.out(
          `${JSON.stringify(
            entries.map(({ id, title }) => ({ id, title })),
            null,
            2,
          )}\n`,
        )
      terminal.out(
        textTable(
          [{ title: 'id' }, { title: 'title' }, { title: registry.more }],
          entries.map(({ id, title, more }) => [id, title, more]),
          '',
        ),
      )
    })
}
